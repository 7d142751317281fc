"""A board as text for documents (Markdown) and for spreadsheets (CSV)."""

from __future__ import annotations

import csv
import io
from urllib.parse import quote

from core.boards.exports import wording
from core.boards.exports.exported import Exported, file_name
from core.boards.showing import ShownBoard, ShownPin
from core.credits import FORMULA, escape_markdown, one_line
from core.sources.text import web_url

COLUMNS = (
    *("number", "section", "title", "note", "up", "down", "one", "picked", "photo_id", "photographer", "credit"),
    *("credit_url", "licence", "page_url", "colours"),
)
_URL_SIGNS = "%/:?#[]@!$&'*+,;=~"  # all that a URL may hold but parentheses, which would end the link


def export_markdown(shown: ShownBoard, max_bytes: int | None = None) -> Exported:  # noqa: ARG001
    """Return a board as Markdown."""
    checks = wording.checks(shown)
    lines = [f"# {_plain(shown.board.name)}", "", f"{wording.state(shown)}. {wording.made_on(shown)}."]
    for line in wording.paragraphs(shown.board.brief):
        lines += ["", f"> {escape_markdown(line)}"]
    if decision := wording.decision(shown):
        picks, why = decision
        lines += ["", f"**Picked:** {escape_markdown(picks)}"]
        lines += [text for line in wording.paragraphs(why) for text in ("", escape_markdown(line))]
    for section, pins in shown.parts:
        lines += ["", f"## {_plain(section.title)}" if section.title else "## Photos", ""]
        lines += [_item(pin) for pin in pins]
    if colours := wording.palette(shown):
        lines += ["", "## Palette", "", " ".join(f"`{colour}`" for colour in colours)]
    lines += ["", "## Licences", ""]
    for name, url, numbers in wording.by_licence(shown):
        linked = f"[{escape_markdown(name)}]({quote(url, safe=_URL_SIGNS)})" if url else escape_markdown(name)
        lines.append(f"- {linked}: {', '.join(map(str, numbers))}")
    if checks:
        lines += ["", "## To check", "", *(f"- {escape_markdown(str(check))}" for check in checks)]
    return Exported(file_name(shown, "md"), ("\n".join(lines) + "\n").encode(errors="replace"), checks)


def export_csv(shown: ShownBoard, max_bytes: int | None = None) -> Exported:  # noqa: ARG001
    """Return a board as a table, one row for each photo; spreadsheets see that it is UTF-8."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for section, pins in shown.parts:
        writer.writerows([_harmless(cell) for cell in _row(section.title, pin)] for pin in pins)
    data = b"\xef\xbb\xbf" + table.getvalue().encode(errors="replace")
    return Exported(file_name(shown, "csv"), data, wording.checks(shown))


def _plain(text: str) -> str:
    return escape_markdown(one_line(text))


def _item(pin: ShownPin) -> str:
    marks = ["picked" if pin.picked else "", wording.votes(pin.pin.tally), "gone from the library" if pin.gone else ""]
    title = f"- **{pin.number}. {_plain(wording.title_of(pin))}**"
    aside = f" ({', '.join(filter(None, marks))})" if any(marks) else ""
    notes = "".join(f"\n  {escape_markdown(line)}" for line in wording.paragraphs(pin.pin.note))
    return f"{title}{aside}  \n  {pin.credit.markdown}{notes and '  '}{notes}"


def _row(section: str, pin: ShownPin) -> tuple[str | int | None, ...]:
    photo, tally = pin.photo, pin.pin.tally
    colours = [colour for one in photo.colours if (colour := wording.safe_hex(one.hex))]
    return (
        *(pin.number, section, photo.title, pin.pin.note, tally.up, tally.down, tally.one),
        *("yes" if pin.picked else "no", photo.id, pin.credit.name, pin.credit.text, pin.credit.url),
        *(wording.licence_name_of(pin), web_url(photo.page_url), " ".join(colours)),
    )


def _harmless(cell: str | int | None) -> str | int:
    """Return a cell that no spreadsheet takes for a formula: an apostrophe makes it text."""
    if isinstance(cell, int):
        return cell
    text = one_line(cell)
    return f"'{text}" if text.startswith(FORMULA) else text
