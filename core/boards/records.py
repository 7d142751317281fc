"""Changes and photos as JSON can hold them, for the log and for what is exported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from core.boards.board import Author, Ballot
from core.boards.changes import KINDS, Change, NewPin, Pinned, Several
from core.photos import Colour, Photo, Photographer, Tag

_BY_KIND = {kind.kind: kind for kind in KINDS}


def change_record(change: Change) -> Mapping[str, Any]:
    """Return a change as JSON can hold it."""
    if isinstance(change, Several):
        return {"changes": [{"kind": one.kind, **change_record(one)} for one in change.changes]}
    record: Mapping[str, Any] = _plain(change)
    return record


def read_change(kind: str, record: Mapping[str, Any]) -> Change:
    """Return the change that `change_record` wrote. Raises KeyError or TypeError for what no change is."""
    if kind == Several.kind:
        return Several(tuple(read_change(one["kind"], _without(one, "kind")) for one in record["changes"]))
    if kind == Pinned.kind:
        return Pinned(record["first"], tuple(map(_read_new_pin, record["pins"])))
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in record.items()}
    return _BY_KIND[kind](**values)


def photo_record(photo: Photo) -> Mapping[str, Any]:
    """Return what is known of a photo as JSON can hold it, without what is not known."""
    record = _plain(photo)
    return {name: value for name, value in record.items() if value not in (None, [], {})}


def read_photo(record: Mapping[str, Any]) -> Photo:
    """Return the photo that `photo_record` wrote. Raises KeyError, TypeError or ValueError for what none is."""
    values = {field.name: record[field.name] for field in fields(Photo) if field.name in record}
    values["photographer"] = Photographer(**record.get("photographer", {}))
    values["tags"] = tuple(Tag(**tag) for tag in record.get("tags", ()))
    values["colours"] = tuple(Colour(**colour) for colour in record.get("colours", ()))
    for name in ("taken_at", "published_at"):
        if name in values:
            values[name] = datetime.fromisoformat(values[name])
    return Photo(**values)


def _read_new_pin(record: Mapping[str, Any]) -> NewPin:
    ballots = tuple(Ballot(Author(**one["author"]), one["vote"]) for one in record.get("ballots", ()))
    return NewPin(read_photo(record["photo"]), record["section"], record["note"], ballots)


def _plain(value: Any) -> Any:
    if isinstance(value, Photo):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in fields(value)
            if getattr(value, field.name) not in (None, ())
        }
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _without(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return {key: value for key, value in record.items() if key != name}
