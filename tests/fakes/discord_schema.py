"""Checks what is sent to Discord: against Discord's own description of its API, and for what that does not say.

The description (openapi.json, MIT licence) is not part of this project. Where it does not lie beside it, bodies are
checked for the other rules only.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

DESCRIPTION = Path(__file__).parents[3] / "shared" / "discord" / "openapi.json"
COMPONENTS_V2 = 1 << 15
LAYOUT_TYPES = {9, 10, 11, 12, 13, 14, 17}  # components that only a layout may hold


def problems(method: str, path: str, body: Any, files: dict[str, str]) -> list[str]:
    """Return what is wrong with a request: `files` are its files' names by their part's name."""
    found = [*_rules(method, path, body, files)]
    if DESCRIPTION.is_file():
        found += _against_description(method, path, _normal(body))
    return [f"{method} {path}: {problem}" for problem in found]


def _rules(method: str, path: str, body: Any, files: dict[str, str]) -> Iterator[str]:
    """Yield what is wrong by the rules that stand in Discord's documentation only."""
    if not isinstance(body, dict):
        return
    message = body.get("data") if path.endswith("/callback") else body
    if not isinstance(message, dict):
        return
    if len(message.get("choices", ())) > 25:
        yield "more than 25 choices"
    parts = list(walk(message.get("components") or []))
    if len(parts) > 40:
        yield f"{len(parts)} components"
    repeated = [name for name, n in Counter(p["custom_id"] for p in parts if "custom_id" in p).items() if n > 1]
    if repeated:
        yield f"the same custom_id twice: {repeated}"
    if any(len(part.get("custom_id", "")) > 100 for part in parts):
        yield "a custom_id of more than 100 characters"
    yield from _message_rules(message, parts, files)
    writes = method in ("POST", "PATCH") and re.search(r"^/webhooks/|^/channels/\d+/messages", path)
    if writes and message.get("allowed_mentions", {}).get("parse") != []:
        yield "mentions are not forbidden"


def _message_rules(message: dict[str, Any], parts: list[dict[str, Any]], files: dict[str, str]) -> Iterator[str]:
    layout = bool((message.get("flags") or 0) & COMPONENTS_V2)
    if layout and (message.get("content") or message.get("embeds")):
        yield "content or embeds beside a layout"
    if not layout and any(part.get("type") in LAYOUT_TYPES for part in parts):
        yield "components of a layout without its flag"
    texts = [part["content"] for part in parts if part.get("type") == 10]
    if sum(map(len, texts)) > 4000:
        yield f"{sum(map(len, texts))} characters of text"
    if any(not text.strip() for text in texts):
        yield "an empty text"
    if sum(len(json.dumps(embed)) for embed in message.get("embeds") or ()) > 6000:
        yield "embeds of more than 6000 characters"
    names = set(files.values())
    wanted = {url.removeprefix("attachment://") for url in _urls(parts) if url.startswith("attachment://")}
    if wanted - names:
        yield f"files that are shown but not sent: {wanted - names}"
    if layout and names - wanted:
        yield f"files that are sent but not shown: {names - wanted}"
    if any(not re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in names):
        yield f"file names that Discord would change: {names}"


def walk(components: Any) -> Iterator[dict[str, Any]]:
    """Yield every component, however deep."""
    for component in components:
        yield component
        yield from walk(component.get("components", ()))
        for name in ("accessory", "component"):
            if name in component:
                yield from walk([component[name]])


def _urls(parts: list[dict[str, Any]]) -> Iterator[str]:
    for part in parts:
        for media in (part.get("media"), part.get("file"), *(item["media"] for item in part.get("items", ()))):
            if media:
                yield media["url"]


def _normal(body: Any) -> Any:
    """Return the body with ids as text where discord.py sends numbers, which Discord takes."""
    if not isinstance(body, dict):
        return body
    normal = dict(body)
    if isinstance(normal.get("attachments"), list):
        normal["attachments"] = [
            {**a, "id": str(a["id"])} if isinstance(a, dict) and "id" in a else a for a in normal["attachments"]
        ]
    if isinstance(normal.get("message_reference"), dict):
        normal["message_reference"] = _normal(normal["message_reference"])
    normal |= {name: str(value) for name, value in normal.items() if name.endswith("_id") and isinstance(value, int)}
    if isinstance(normal.get("data"), dict):
        normal["data"] = _normal(normal["data"])
    return normal


@cache
def _description() -> tuple[dict[str, Any], Registry[Any], list[tuple[re.Pattern[str], str]]]:
    spec = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    registry: Registry[Any] = Registry().with_resource("urn:discord", Resource(spec, DRAFT202012))
    patterns = [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), path) for path in spec["paths"]]
    return spec, registry, sorted(patterns, key=lambda pattern: pattern[1].count("{"))


@cache
def _validator(method: str, template: str) -> Draft202012Validator | None:
    spec, registry, _ = _description()
    operation = spec["paths"][template].get(method.lower())
    if operation is None or "application/json" not in operation.get("requestBody", {}).get("content", {}):
        return None
    pointer = template.replace("~", "~0").replace("/", "~1")
    place = f"urn:discord#/paths/{pointer}/{method.lower()}/requestBody/content/application~1json/schema"
    return Draft202012Validator({"$ref": place.replace("{", "%7B").replace("}", "%7D")}, registry=registry)


def _against_description(method: str, path: str, body: Any) -> list[str]:
    template = next((template for pattern, template in _description()[2] if pattern.fullmatch(path)), None)
    validator = _validator(method, template) if template else None
    if validator is None:
        return ["no such operation, or one that takes no body"]
    return [
        f"{'/'.join(map(str, leaf.absolute_path))}: {leaf.message[:160]}"
        for error in validator.iter_errors(body)
        for leaf in _leaves(error)
    ]


def _leaves(error: ValidationError) -> list[ValidationError]:
    """Return what is wrong in the branch that was meant: the one whose `type` matches."""
    if not error.context:
        return [error]
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    meant = min(
        branches.values(),
        key=lambda inner: (sum("type" in e.path and e.validator in ("enum", "const") for e in inner), len(inner)),
    )
    return [leaf for inner in meant for leaf in _leaves(inner)]
