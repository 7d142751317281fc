"""Boards as files: every credit in every form, nothing that a person wrote as markup, and within the size asked for."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pypdf
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.boards.board import Author, Ballot, Board, Decision, Pin, Section
from core.boards.changes import Made, Stamp
from core.boards.exports import FORMATS, Exported, content_of, export, import_changes, read_board_json
from core.boards.exports.exported import slug
from core.boards.exports.sheet import MOST_HEIGHT, MOST_PIXELS, draw_board
from core.boards.licences import licence_of
from core.boards.log import Entry, fold
from core.boards.metadata import with_credit
from core.boards.showing import Original, ShownBoard, ShownPin
from core.credits import credit_for
from core.errors import BadRecord
from core.lettering import Lettering, Style
from core.photos import Colour, Photo, Photographer, Tag
from core.sources.embedded import read_embedded
from core.sources.text import sound
from tests.fakes.decoding import DECODERS

ANN, BEN = Author("discord:80914711", "Annabella"), Author("discord:80914712", "Benedikta")
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
SECTIONS = (Section("s1", "Light", "early light"), Section("s2", "Hands"))


class Recorder(Lettering):
    """Lettering that remembers what it was to draw."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[str] = []

    def draw(self, image: Image.Image, left: int, baseline: int, text: str, style: Style) -> None:
        self.drawn.append(text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("private-place")


@pytest.fixture(scope="module")
def picture(folder: Path) -> Path:
    return drawn(folder / "original.jpg", (900, 600))


def drawn(path: Path, size: tuple[int, int]) -> Path:
    """Make a photo of soft coloured spots."""
    bands = [Image.effect_noise((60, 40), 120) for _ in range(3)]
    Image.merge("RGB", bands).resize(size, Image.Resampling.BICUBIC).save(path, quality=92)
    return path


def photo(name: str = "p1", **more: object) -> Photo:
    known = {"title": "Fog", "licence": "CC-BY-4.0", "page_url": "https://example.org/fog", "photographer": ANA}
    return Photo(name, "table", **(known | more))  # type: ignore[arg-type]


ANA = Photographer("Ana Ibáñez", profile_url="https://example.org/ana")


def pin(number: int, of: Photo | None = None, *, section: str = "", note: str = "", votes: str = "") -> Pin:
    kinds = {"u": "up", "d": "down", "1": "one"}
    ballots = tuple(Ballot(author, kinds[vote]) for author, vote in zip((ANN, BEN), votes, strict=False))  # type: ignore[arg-type]
    return Pin(number, of or photo(f"p{number}"), section, ANN, NOW, note, ballots)


def board(*pins: Pin, **more: object) -> Board:
    known = {"name": "Autumn", "made_by": ANN, "made_at": NOW, "sections": SECTIONS, "pins": pins}
    return Board("secret-id", **(known | more))  # type: ignore[arg-type]


def shown(
    of: Board, files: Path | None = None, *, gone: tuple[int, ...] = (), picked: tuple[int, ...] = ()
) -> ShownBoard:
    def show(one: Pin) -> ShownPin:
        missing = one.number in gone
        place = None if missing else files
        original = place and Original(place, DECODERS)
        return ShownPin(one, one.photo, credit_for(one.photo), missing, one.number in picked, place, original)

    parts = tuple((section, tuple(map(show, pins))) for section, pins in of.parts())
    return ShownBoard(of, parts, (Colour("#8a7455", 0.6), Colour("#2b2a26", 0.4)), NOW)


def sounded(value: Any) -> Any:
    """Return what is on a board as it is taken in: without signs that steer whatever shows it."""
    if isinstance(value, str):
        return sound(value)
    if isinstance(value, tuple):
        return tuple(map(sounded, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: sounded(getattr(value, one.name)) for one in fields(value)})
    return value


def text_of(made: ShownBoard, form: str) -> str:
    """Return what a reader finds in an export."""
    data = export(made, form.rpartition(" ")[2]).data
    if form == "pdf":
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
    if form == "png":
        recorder = Recorder()
        draw_board(made, lettering=recorder)
        return "\n".join(recorder.drawn)
    if form == "zip":
        return unpacked(data)["CREDITS.txt"].decode()
    if form == "table in zip":
        return unpacked(data)["credits.csv"].decode()
    if form == "files in zip":
        return "\n".join(map(said_inside, (unpacked(data).items())))
    if form == "html":
        return unescape(re.sub(r"<[^>]+>", "", data.decode()))
    if form == "md":
        return re.sub(r"\]\(\S*\)", "", data.decode())
    if form == "json":
        return "\n".join(f"{one['credit']}\n{one['licence']}" for one in json.loads(data)["pins"])
    return data.decode("utf-8-sig")


def said_inside(file: tuple[str, bytes]) -> str:
    """Return what the file of a photo says of its credit: by itself, or as the note that stands for it."""
    name, data = file
    if not name.startswith("photos/"):
        return ""
    return data.decode() if name.endswith((".txt", ".xmp")) else unescape(str(Image.open(io.BytesIO(data)).getxmp()))


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def plain(text: str) -> str:
    """Return the letters and figures of a text: what is left whatever breaks its lines and however it is set."""
    return "".join(
        char for char in unicodedata.normalize("NFKC", text).casefold() if unicodedata.category(char)[0] in "LN"
    )


def rebuilt(content: object) -> Board:
    change = import_changes(content)  # type: ignore[arg-type]
    entries = [Entry(Stamp(1, BEN, NOW), Made(content.name)), Entry(Stamp(2, BEN, NOW), change)]  # type: ignore[attr-defined]
    return fold("another-id", entries)


# every credit, in every form, whatever people wrote

PIECES = (
    *("Zoë", "Ana", "O'Hara", "山田", "太郎", "محمد", "דנה", "Ω", "Жук", "🦊", "👩‍🎨", "ﬁ", "Å"),
    *("<b>", "</script>", "&amp;", '"', "=1+1", "@all", "*x*", "_y_", "[a](b)", "#let", "$x$", "\\", "`", "|", "{0}"),
    *("abc", "\u200b", "-", "+1", "L" * 90, "..", "/etc", "%s", "1.", "]]>"),
)
WRITTEN = st.lists(st.sampled_from(PIECES), max_size=5).map(" ".join)
NAMES = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map(" ".join)
LICENCES = st.sampled_from(
    (None, "CC-BY-4.0", "CC-BY-NC-SA-3.0", "CC0-1.0", "unsplash", "House & <terms>", "https://example.org/l?a=1&b=2")
)
URLS = st.sampled_from((None, "https://example.org/a?b=1&c=(2)", "javascript:alert(1)", "file:///etc/passwd"))


@st.composite
def photos(draw: st.DrawFn) -> Photo:
    who = Photographer(draw(st.none() | NAMES), draw(st.none() | st.just("zoe")), draw(URLS))
    return Photo(
        draw(st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True)),
        draw(st.sampled_from(("table", "unsplash", "folder"))),
        who,
        title=draw(st.none() | WRITTEN),
        description=draw(st.none() | WRITTEN),
        tags=(Tag("fog", "auto", 0.5),),
        width=draw(st.sampled_from((None, 3000, 10))),
        height=draw(st.sampled_from((None, 2000, 4000))),
        average_colour=draw(st.sampled_from((None, "#8a7455", "#2b2a26"))),
        colours=(Colour("#8a7455", 0.5), Colour("#2b2a26", 0.1)),
        taken_at=draw(st.sampled_from((None, NOW))),
        licence=draw(LICENCES),
        page_url=draw(URLS),
        path="/private-place/photo.jpg",
    )


@st.composite
def boards(draw: st.DrawFn) -> tuple[Board, tuple[int, ...], tuple[int, ...]]:
    """Return a board, and the numbers of its pins that are gone and that are picked."""
    sections = tuple(Section(f"s{place}", draw(NAMES), draw(WRITTEN)) for place in range(draw(st.integers(0, 4))))
    numbers = sorted(draw(st.sets(st.integers(1, 40), min_size=1, max_size=5)))
    pins = [
        pin(
            number,
            draw(photos()),
            section=draw(st.sampled_from(("", *(one.id for one in sections)))),
            note=draw(WRITTEN),
            votes=draw(st.sampled_from(("", "u", "1d", "ud"))),
        )
        for number in numbers
    ]
    picks = tuple(draw(st.sets(st.sampled_from(numbers))))
    decisions = (Decision(1, 3, picks, draw(WRITTEN), ANN, NOW),) if picks else ()
    made = board(
        *pins,
        name=draw(NAMES),
        brief=draw(WRITTEN),
        secret=draw(st.booleans()),
        sections=sections,
        decisions=decisions,
    )
    return made, tuple(draw(st.sets(st.sampled_from(numbers)))), picks


# making a failing board smaller would take minutes
@settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    phases=(Phase.generate,),
)
@given(made=boards())
def test_every_form_of_any_board_names_every_photographer_and_licence(
    picture: Path, made: tuple[Board, tuple[int, ...], tuple[int, ...]]
) -> None:
    of, gone, picked = made
    whole = shown(of, picture, gone=gone, picked=picked)
    for form in (*FORMATS, "table in zip", "files in zip"):
        found = plain(text_of(whole, form))
        for one in whole.pins:
            licence = licence_of(one.photo)
            # on Unsplash, the credit names its licence by naming Unsplash
            terms = licence.name.removesuffix(" License").split() if licence else []
            wanted = [*one.credit.name.split(), *terms]
            for word in filter(None, map(plain, wanted)):
                # text that runs from right to left may be laid out in either order
                assert word in found or word[::-1] in found, f"{form} does not name {word!r}"
    assert read_board_json(export(whole, "json").data) == sounded(content_of(of))
    assert content_of(rebuilt(content_of(of))) == content_of(of)


@pytest.mark.parametrize("form", FORMATS)
def test_a_whole_credit_line_stands_in_every_form(form: str, picture: Path) -> None:
    whole = shown(board(pin(1), pin(2, photo(photographer=Photographer(None)))), picture)
    found = plain(text_of(whole, form))
    assert all(plain(one.credit.text if form != "csv" else one.credit.name) in found for one in whole.pins)


@pytest.mark.parametrize("form", FORMATS)
def test_no_form_tells_where_files_lie(form: str, picture: Path) -> None:
    of = photo(path=str(picture), page_url=picture.as_uri(), image_url=picture.as_uri())
    data = export(shown(board(pin(1, of)), picture), form).data
    texts = unpacked(data).values() if form == "zip" else [data]
    assert not any(b"private-place" in text for text in texts)


@pytest.mark.parametrize("form", FORMATS)
def test_no_form_tells_who_voted_in_secret(form: str, picture: Path) -> None:
    made = board(pin(1, votes="ud"), secret=True, made_by=Author("x:1", "Cleo"))
    data = export(shown(made, picture), form).data
    texts = [*unpacked(data).values()] if form == "zip" else [data, text_of(shown(made, picture), form).encode()]
    assert not any(name in text for text in texts for name in (b"Benedikta", b"80914712"))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("damage", ["missing", "empty", "no picture", "cut off"])
def test_damaged_files_break_no_export(form: str, damage: str, folder: Path, picture: Path) -> None:
    contents = {"empty": b"", "no picture": b"hello", "cut off": picture.read_bytes()[:3000]}
    path = folder / f"{damage}.jpg"
    if damage in contents:
        path.write_bytes(contents[damage])
    made = shown(board(pin(1)), path)
    assert plain("Ana Ibáñez") in plain(text_of(made, form))


@pytest.mark.parametrize("form", FORMATS)
def test_two_hundred_photos_are_exported(form: str, picture: Path) -> None:
    many = shown(board(*(pin(number) for number in range(1, 201))), picture)
    assert export(many, form).data


@pytest.mark.parametrize("form", FORMATS)
def test_only_what_is_picked_is_exported_where_that_is_asked(form: str, picture: Path) -> None:
    other = photo(photographer=Photographer("Quentin"))
    made = shown(board(pin(1), pin(2, other)), picture, picked=(1,))
    data = export(made, form, only_picked=True).data
    found = unpacked(data) if form == "zip" else {"": data}
    assert not any(b"Quentin" in text for text in found.values())


def test_an_empty_board_can_not_be_exported() -> None:
    with pytest.raises(BadRecord, match="nothing on this board"):
        export(shown(board()), "pdf")


def test_where_nothing_is_picked_that_is_said() -> None:
    with pytest.raises(BadRecord, match="Nothing on this board is picked"):
        export(shown(board(pin(1))), "pdf", only_picked=True)


def test_an_unknown_form_is_named_with_those_that_are_known() -> None:
    with pytest.raises(BadRecord, match=r"'docx'.*png, pdf"):
        export(shown(board(pin(1))), "docx")


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Autumn: “mist”/fog", "autumn-mist-fog-v1.pdf"),
        ("秋のキャンペーン", "秋のキャンペーン-v1.pdf"),
        ("../..", "board-v1.pdf"),
        ("CON", "con-v1.pdf"),
        ("🦊", "board-v1.pdf"),
    ],
)
def test_a_file_is_named_for_its_board_and_version(name: str, file: str) -> None:
    assert export(shown(board(pin(1), name=name)), "pdf").name == file


def test_a_long_name_fits_every_file_system() -> None:
    assert len(slug("山" * 400, "board").encode()) <= 120


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_to_be_checked_is_told(form: str) -> None:
    made = export(shown(board(pin(1, photo(licence="CC-BY-NC-4.0")))), form)
    assert any("commercially" in str(notice) for notice in made.notices)


@pytest.mark.parametrize("form", ["pdf", "html", "md", "zip"])
def test_what_is_to_be_checked_stands_in_what_is_handed_on(form: str) -> None:
    made = shown(board(pin(1, photo(licence="CC-BY-NC-4.0"))))
    assert "maynotbeusedcommercially" in plain(text_of(made, form))


# sizes


@pytest.fixture(scope="module")
def large(folder: Path) -> ShownBoard:
    path = drawn(folder / "large.jpg", (2400, 1600))
    return shown(board(*(pin(number) for number in range(1, 7))), path)


@pytest.fixture(scope="module")
def whole(large: ShownBoard) -> dict[str, Exported]:
    return {form: export(large, form) for form in FORMATS}


WITH_PICTURES = ("png", "pdf", "html", "zip")


@pytest.mark.parametrize("share", [0.6, 0.4])
@pytest.mark.parametrize("form", WITH_PICTURES)
def test_a_board_is_reduced_until_it_can_be_sent(
    form: str, share: float, large: ShownBoard, whole: dict[str, Exported]
) -> None:
    most = int(len(whole[form].data) * share)
    assert len(export(large, form, max_bytes=most).data) <= most


@pytest.mark.parametrize("form", WITH_PICTURES)
def test_that_a_board_was_reduced_is_told(form: str, large: ShownBoard, whole: dict[str, Exported]) -> None:
    made = export(large, form, max_bytes=len(whole[form].data) // 2)
    assert len(made.notices) == len(whole[form].notices) + 1


@pytest.mark.parametrize("form", WITH_PICTURES)
def test_a_board_that_just_fits_is_not_reduced(form: str, large: ShownBoard, whole: dict[str, Exported]) -> None:
    assert len(export(large, form, max_bytes=len(whole[form].data) + 20_000).data) == len(whole[form].data)


@pytest.mark.parametrize("form", FORMATS)
def test_what_can_not_be_made_to_fit_is_refused(form: str, large: ShownBoard) -> None:
    with pytest.raises(BadRecord, match=r"at most 0\.0 MB can be sent"):
        export(large, form, max_bytes=200)


def test_a_picture_that_became_a_jpeg_says_so_in_its_name(large: ShownBoard, whole: dict[str, Exported]) -> None:
    assert export(large, "png", max_bytes=len(whole["png"].data) // 3).name == "autumn-v1.jpg"


def test_reduced_photos_carry_their_credit(large: ShownBoard, whole: dict[str, Exported]) -> None:
    files = unpacked(export(large, "zip", max_bytes=len(whole["zip"].data) // 2).data)
    assert read_embedded(files["photos/03-fog.jpg"]).creator == "Ana Ibáñez"


def test_photos_are_reduced_no_further_than_they_must(large: ShownBoard, whole: dict[str, Exported]) -> None:
    most = len(whole["zip"].data) // 2
    assert len(export(large, "zip", max_bytes=most).data) > most // 3


def test_a_board_of_many_short_sections_is_still_one_picture(picture: Path) -> None:
    sections = tuple(Section(f"s{number}", f"Section {number}") for number in range(100))
    pins = [pin(number + 1, section=f"s{number % 100}") for number in range(200)]
    made = draw_board(shown(board(*pins, sections=sections), picture), lettering=Recorder())
    assert made.height <= MOST_HEIGHT and made.width * made.height <= MOST_PIXELS


def test_a_picture_is_as_wide_as_the_longest_section_asks_for(picture: Path) -> None:
    sections = tuple(Section(f"s{number}", "Part") for number in range(4))
    narrow = board(*(pin(number + 1, section=f"s{number % 4}") for number in range(12)), sections=sections)
    wide = board(*(pin(number + 1) for number in range(12)))
    drawn_narrow, drawn_wide = (draw_board(shown(one, picture), lettering=Recorder()) for one in (narrow, wide))
    assert drawn_narrow.width < drawn_wide.width


# single forms


def test_a_pdf_has_the_boards_name_as_its_title(picture: Path) -> None:
    reader = pypdf.PdfReader(io.BytesIO(export(shown(board(pin(1), name="Été 秋")), "pdf").data))
    assert reader.metadata is not None and reader.metadata.title == "Été 秋"


def fonts_of(data: bytes) -> dict[str, bool]:
    """Return the fonts of a PDF, and whether each is embedded."""
    found: dict[str, bool] = {}
    for page in pypdf.PdfReader(io.BytesIO(data)).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            for inner in font.get_object().get("/DescendantFonts", [font]):
                described = inner.get_object()["/FontDescriptor"]
                found[inner.get_object()["/BaseFont"]] = any(key.startswith("/FontFile") for key in described)
    return found


def test_a_pdf_holds_its_fonts() -> None:
    fonts = fonts_of(export(shown(board(pin(1), brief="朝の光")), "pdf").data)
    assert all(fonts.values()) and any("Inter" in name for name in fonts) and any("Noto" in name for name in fonts)


def test_credits_in_a_pdf_can_be_followed() -> None:
    links = [
        note.get_object()["/A"]["/URI"]
        for page in pypdf.PdfReader(io.BytesIO(export(shown(board(pin(1))), "pdf").data)).pages
        for note in page.get("/Annots", [])
        if "/URI" in note.get_object().get("/A", {})
    ]
    assert {"https://example.org/ana", "https://creativecommons.org/licenses/by/4.0/"} <= set(links)


def test_a_pdf_ends_with_a_list_of_credits_and_licences() -> None:
    last = text_of(shown(board(pin(1), pin(2))), "pdf").rpartition("Credits\n")[2]
    assert last.count("Photo by Ana Ibáñez, CC BY 4.0\nCC BY 4.0") == 2


def test_each_photo_of_a_pdf_has_its_credit_beside_it() -> None:
    pages = text_of(shown(board(pin(1), pin(2))), "pdf").rpartition("Credits\n")[0]
    assert pages.count("Photo by Ana Ibáñez, CC BY 4.0") == 2


def test_a_pdf_says_what_was_decided_and_why() -> None:
    made = board(pin(3), decisions=(Decision(1, 2, (3,), "It is calm.", ANN, NOW),), touched=False)
    found = text_of(shown(made, picked=(3,)), "pdf")
    assert "Version 1, 1 March 2026: 3" in found and "It is calm." in found


def test_a_pdf_shows_the_palette_in_figures() -> None:
    assert "#8A7455" in text_of(shown(board(pin(1))), "pdf")


def test_a_very_long_link_stays_out_of_the_pdf() -> None:
    of = photo(photographer=Photographer("Ana", profile_url="https://example.org/" + "a" * 9000))
    assert export(shown(board(pin(1, of))), "pdf").data


def test_a_page_allows_nothing_but_itself(picture: Path) -> None:
    html = export(shown(board(pin(1)), picture), "html").data.decode()
    assert "default-src 'none'; img-src data:; style-src 'sha256-" in html and "<script" not in html


def test_a_page_has_no_style_that_its_policy_forbids(picture: Path) -> None:
    assert " style=" not in export(shown(board(pin(1)), picture), "html").data.decode()


def test_a_page_escapes_what_people_wrote(picture: Path) -> None:
    bad = '<img src=x onerror="alert(1)">'
    of = photo(title=bad, description=bad, photographer=Photographer(bad))
    made = board(pin(1, of, note=bad, section="s1"), name=bad, brief=bad, sections=(Section("s1", bad),))
    assert "<img src=x" not in export(shown(made, picture), "html").data.decode()


def test_a_picture_in_a_page_is_described(picture: Path) -> None:
    html = export(shown(board(pin(1, photo(description="A quiet street"))), picture), "html").data.decode()
    assert 'alt="A quiet street"' in html


def test_a_photo_that_is_gone_leaves_its_colour() -> None:
    made = shown(board(pin(1, photo(average_colour="#123456"))), gone=(1,))
    assert ".c2{background-color:#123456}" in export(made, "html").data.decode()


def test_no_cell_of_a_table_is_a_formula() -> None:
    made = shown(board(pin(1, photo(title="=1+1", photographer=Photographer("@ann")), note="-2")))
    (row,) = rows(export(made, "csv").data)
    assert (row["title"], row["photographer"], row["note"]) == ("'=1+1", "'@ann", "'-2")


def test_a_table_tells_votes_and_picks() -> None:
    (row,) = rows(export(shown(board(pin(7, votes="1u")), picked=(7,)), "csv").data)
    assert (row["number"], row["one"], row["up"], row["down"], row["picked"]) == ("7", "1", "1", "0", "yes")


def test_markdown_shows_what_people_wrote_as_it_is() -> None:
    text = export(shown(board(pin(1, note="*loud* [x](y)"), name="# One")), "md").data.decode()
    assert r"\*loud\* \[x\]\(y\)" in text and text.startswith(r"# \# One")


def test_a_licences_link_in_markdown_ends_where_it_ends() -> None:
    of = photo(licence="https://example.org/a)b")
    assert "(https://example.org/a%29b): 1" in export(shown(board(pin(1, of))), "md").data.decode()


def test_originals_are_in_the_zip_with_their_credit(picture: Path) -> None:
    files = unpacked(export(shown(board(pin(7)), picture), "zip").data)
    assert files["photos/07-fog.jpg"] == with_credit(picture.read_bytes(), photo("p7"), credit_for(photo("p7")))


def test_a_photo_that_holds_no_credit_has_it_beside_it(folder: Path) -> None:
    path = folder / "a.gif"
    Image.new("RGB", (60, 40), "red").save(path)
    files = unpacked(export(shown(board(pin(1)), path), "zip").data)
    assert "Ana Ibáñez" in files["photos/01-fog.xmp"].decode()


def test_an_original_that_is_not_here_leaves_its_credit_and_is_told() -> None:
    made = export(shown(board(pin(1)), gone=(1,)), "zip")
    assert "Photo by Ana Ibáñez" in unpacked(made.data)["photos/01-fog.txt"].decode()
    assert "The original of photo 1 is not here; its credit is in the file." in map(str, made.notices)


def test_a_thumbnail_stands_in_for_an_original_that_is_not_here(picture: Path) -> None:
    made = shown(board(pin(1)), picture)
    ((section, (only,)),) = made.parts[:1]
    made = replace(made, parts=((section, (replace(only, original=None),)),))
    assert Image.open(io.BytesIO(unpacked(export(made, "zip").data)["photos/01-fog.jpg"])).width == 512


def test_licences_of_a_zip_say_where_they_are_to_be_read() -> None:
    files = unpacked(export(shown(board(pin(1))), "zip").data)
    assert "https://creativecommons.org/licenses/by/4.0/legalcode" in files["licences/cc-by-4-0.txt"].decode()


def test_a_zip_holds_the_board_to_be_imported_again() -> None:
    of = board(pin(1, note="first", section="s1"))
    assert read_board_json(unpacked(export(shown(of), "zip").data)["board.json"]) == content_of(of)


def test_the_same_board_makes_the_same_zip(picture: Path) -> None:
    made = shown(board(pin(1)), picture)
    assert export(made, "zip").data == export(made, "zip").data


# records that import again


def test_notes_and_sections_come_along() -> None:
    again = rebuilt(content_of(board(pin(1, note="more sky", section="s2"), brief="Quiet")))
    (section, (only,)) = again.parts()[-1]
    assert (again.brief, section.title, section.wish, only.note) == ("Quiet", "Hands", "", "more sky")


def test_votes_of_an_open_board_keep_their_names_and_lose_their_accounts() -> None:
    (new,) = content_of(board(pin(1, votes="u"))).pins
    (ballot,) = new.ballots
    assert ballot.author.name == "Annabella" and "4711" not in ballot.author.id


def test_somebody_is_one_person_on_all_of_a_board() -> None:
    first, second = content_of(board(pin(1, votes="u"), pin(2, votes="d"))).pins
    assert first.ballots[0].author == second.ballots[0].author


def test_somebody_is_not_the_same_on_another_board() -> None:
    one = board(pin(1, votes="u"))
    other = replace(one, id="other")
    assert content_of(one).pins[0].ballots[0].author.id != content_of(other).pins[0].ballots[0].author.id


def test_votes_of_a_secret_board_can_not_be_told_apart() -> None:
    first, second = content_of(board(pin(1, votes="ud"), pin(2, votes="du"), secret=True)).pins
    assert first.ballots == second.ballots


def test_votes_are_still_counted_after_an_import() -> None:
    again = rebuilt(content_of(board(pin(4, votes="1d"))))
    assert again.pins[0].tally == board(pin(4, votes="1d")).pins[0].tally


def test_nobody_votes_in_anothers_name_by_importing() -> None:
    record = json.loads(export(shown(board(pin(1, votes="u"))), "json").data)
    record["pins"][0]["ballots"][0]["by"] = ANN.id
    content = read_board_json(json.dumps(record).encode())
    assert rebuilt(content).pins[0].vote_of(ANN.id) is None


def test_picks_follow_their_pins_into_new_numbers() -> None:
    of = board(pin(3), pin(9), decisions=(Decision(1, 2, (9,), "calm", ANN, NOW),))
    decision = rebuilt(content_of(of)).decision
    assert decision is not None and (decision.picks, decision.why) == ((2,), "calm")


def test_imported_pins_are_numbered_on() -> None:
    change = import_changes(content_of(board(pin(1), pin(2))), next_number=8)
    entries = [Entry(Stamp(1, BEN, NOW), Made("x")), Entry(Stamp(2, BEN, NOW), change)]
    assert [one.number for one in fold("id", entries).pins] == [8, 9]


@pytest.mark.parametrize(
    "data",
    [
        *(
            b"",
            b"[]",
            b"{}",
            b"null",
            b"\xff\xfe",
            b'{"modaclip": "photo"}',
            b"[" * 100_000,
            b'{"modaclip":"board","format":1}',
        ),
        *(
            b'{"modaclip":"board","format":1,"name":"x","pins":[1]}',
            b'{"modaclip":"board","format":1,"name":" ","pins":[]}',
        ),
        *(b'{"modaclip":"board","format":1,"name":"\\ud800","pins":[]}', b'{"modaclip":"board","format":true}'),
        b'{"modaclip":"board","format":1,"name":"x","pins":[{"photo":{"id":"a","source":"t","width":NaN}}]}',
        b'{"modaclip":"board","format":1,"name":"x","pins":[{"photo":{"id":"a","source":"t","content_hash":"../../b"}}]}',
        b'{"modaclip":"board","format":1,"name":"x","pins":[{"photo":{"id":"a","source":"t","tags":[{"name":"a","b":1}]}}]}',
    ],
)
def test_what_is_no_board_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(BadRecord, match=r"no board that was exported|another version"):
        read_board_json(data)


def test_a_board_of_another_version_is_told_apart() -> None:
    with pytest.raises(BadRecord, match="as format 2"):
        read_board_json(b'{"modaclip": "board", "format": 2}')


def test_a_record_that_is_too_large_is_refused() -> None:
    with pytest.raises(BadRecord, match="too large"):
        read_board_json(b" " * 20_000_001)


RECORD = json.loads(
    export(
        shown(board(pin(1, votes="u", section="s1"), pin(2), decisions=(Decision(1, 2, (2,), "w", ANN, NOW),))), "json"
    ).data
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(record: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = record.items() if isinstance(record, dict) else enumerate(record) if isinstance(record, list) else ()
    return [at, *(place for key, value in inner for place in places(value, (*at, key)))]


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(place=st.sampled_from(places(RECORD)[1:]), value=VALUES)
def test_a_record_with_anything_in_any_place_is_read_or_refused(place: tuple[str | int, ...], value: object) -> None:
    record = json.loads(json.dumps(RECORD))
    inner = record
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    read: Callable[[bytes], object] = read_board_json
    try:
        content = read(json.dumps(record).encode())
    except BadRecord:
        return
    assert content_of(rebuilt(content)) == content


@pytest.mark.parametrize("licence", ("CON", "nul", "Com1"))
def test_no_file_of_a_licence_is_a_device(licence: str) -> None:
    made = export(shown(board(pin(1, replace(photo(), licence=licence)))), "zip")
    names = zipfile.ZipFile(io.BytesIO(made.data)).namelist()
    assert f"licences/_{licence.lower()}.txt" in names


def test_licences_whose_files_differ_in_case_alone_get_two_names() -> None:
    pins = (pin(1, replace(photo("a"), licence="σς")), pin(2, replace(photo("b"), licence="σσ")))
    names = zipfile.ZipFile(io.BytesIO(export(shown(board(*pins)), "zip").data)).namelist()
    assert len({name.casefold() for name in names}) == len(names)


def test_a_board_that_is_taken_in_holds_nothing_that_steers_a_terminal() -> None:
    record = {**RECORD, "name": "Aut\x1b[2Jumn\u202e", "brief": "one\x07\ntwo"}
    content = read_board_json(json.dumps(record).encode())
    assert (content.name, content.brief) == ("Aut[2Jumn", "one\ntwo")


@pytest.mark.parametrize("colour", ("#か2か2か2", "red", "#12345", "#12345g", "", "#123456\n"))
@pytest.mark.parametrize("place", ("colours", "average_colour"))
def test_a_colour_that_is_none_is_left_out_of_a_board_that_is_taken_in(colour: str, place: str) -> None:
    record = json.loads(json.dumps(RECORD))
    record["pins"][0]["photo"][place] = [{"hex": colour, "share": 0.5}] if place == "colours" else colour
    taken = read_board_json(json.dumps(record).encode()).pins[0].photo
    assert not taken.colours and taken.average_colour is None


def test_a_board_on_which_something_odd_is_written_can_be_taken_in_again() -> None:
    odd = "a\x00b \ud800 \u202ec"
    made = export(shown(board(pin(1, photo(title=odd), note=odd), name=odd)), "json")
    content = read_board_json(made.data)
    assert (content.name, content.pins[0].note, content.pins[0].photo.title) == ("ab ? c",) * 3
