"""Forms as Discord's modals, and what people filled in as values.

A modal comes back as an event of its own, with what it needs in its id; nothing of it is kept here meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import discord
from discord import ui

from bot.discord.markup import cut
from bot.discord.uploads import Reader, upload_at
from bot.replies import Field, Form
from bot.requests import Upload, Values

TITLE_CHARACTERS = LABEL_CHARACTERS = 45
HINT_CHARACTERS = CHOICE_CHARACTERS = 100
MOST_TEXT = 4000
MOST_FILES = 10
MOST_CHOICES = 25


class Modal(ui.Modal):
    """A form that discord.py does not wait for: its answer is told by its id."""

    def is_finished(self) -> bool:
        """Say so from the beginning, so that no state of it is kept."""
        return True


def modal_of(form: Form) -> Modal:
    """Return a form as a modal."""
    modal = Modal(title=cut(form.title, TITLE_CHARACTERS), custom_id=form.id)
    for field in form.fields[:5]:
        hint = cut(field.hint, HINT_CHARACTERS) or None
        modal.add_item(ui.Label(text=cut(field.label, LABEL_CHARACTERS), description=hint, component=_component(field)))
    return modal


def pressed_in(data: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return the id of what was pressed in a message, and what was chosen."""
    return str(data["custom_id"]), tuple(str(value) for value in data.get("values", ()))


def filled_in(data: Mapping[str, Any], reader: Reader) -> tuple[str, Values]:
    """Return the id of a form, and what was filled in by the fields' names; what was left empty is absent."""
    resolved = data.get("resolved", {}).get("attachments", {})
    values: dict[str, Any] = {}
    for part in _filled(data.get("components", [])):
        kind, name = part.get("type"), part.get("custom_id", "")
        if kind == discord.ComponentType.text_input.value:
            values[name] = str(part.get("value") or "")
        elif kind == discord.ComponentType.file_upload.value:
            values[name] = tuple(_upload(resolved[i], reader) for i in part.get("values", []) if i in resolved)
        elif part.get("values"):
            values[name] = str(part["values"][0])
    return str(data["custom_id"]), {name: value for name, value in values.items() if value not in ("", ())}


def _component(field: Field) -> ui.Item[Any]:
    match field.kind:
        case "picture":
            return ui.FileUpload(custom_id=field.name, required=field.required, max_values=min(field.most, MOST_FILES))
        case "choice":
            options = [
                discord.SelectOption(
                    label=cut(choice.label or choice.value, CHOICE_CHARACTERS),
                    value=choice.value,
                    description=cut(choice.description, CHOICE_CHARACTERS) or None,
                    default=choice.value == field.value,
                )
                for choice in field.choices[:MOST_CHOICES]
            ]
            return ui.Select(custom_id=field.name, options=options, required=field.required)
        case _:
            most = max(1, min(field.most, MOST_TEXT))
            return ui.TextInput(
                custom_id=field.name,
                style=discord.TextStyle.paragraph if field.kind == "paragraph" else discord.TextStyle.short,
                default=field.value[:most] or None,
                required=field.required,
                max_length=most,
            )


def _filled(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the entries that were filled in, out of the labels and rows they stand in."""
    for part in components:
        if "component" in part:
            yield part["component"]
        elif "components" in part:
            yield from part["components"]


def _upload(attachment: Mapping[str, Any], reader: Reader) -> Upload:
    size = int(attachment.get("size") or 0) or None
    return upload_at(reader, str(attachment["url"]), str(attachment["filename"]), size)
