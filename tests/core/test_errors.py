"""What the engine says to people: its English text, and that it can be said in other languages."""

from __future__ import annotations

import ast
import pickle
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from core.errors import BadQuery, EncoderUnavailable, Message, ModaclipError, NotFound
from core.query import parse

CORE = Path(__file__).parents[2] / "core"
ROOT_CLASS = "ModaclipError"


# the English text


def test_values_are_put_into_the_template() -> None:
    assert str(NotFound("There is no photo {id!r} here.", id="p1")) == "There is no photo 'p1' here."


def test_numbers_are_written_as_the_template_says() -> None:
    assert str(ModaclipError("At most {most:.0f} MB.", most=40.2)) == "At most 40 MB."


def test_a_template_without_values_is_the_text_itself() -> None:
    assert str(ModaclipError("Names hold no {braces}.")) == "Names hold no {braces}."


def test_braces_in_a_value_stay() -> None:
    assert str(ModaclipError("There is nothing at {path}.", path="{0}/{x")) == "There is nothing at {0}/{x."


def test_an_error_keeps_its_template_and_values() -> None:
    error = NotFound("There is no photo {id!r} here.", id="p1")
    assert error.message == Message("There is no photo {id!r} here.", {"id": "p1"})


def test_a_value_may_be_a_message() -> None:
    part = Message("`{part}` at character {place}", {"part": "x:", "place": 3})
    assert str(ModaclipError("{part} has two weights.", part=part)) == "`x:` at character 3 has two weights."


def test_a_value_may_be_an_error() -> None:
    cause = EncoderUnavailable("The weights of {name} are missing.", name="ViT")
    assert str(Message("{cause} Try again.", {"cause": cause})) == "The weights of ViT are missing. Try again."


def test_a_message_can_be_a_key() -> None:
    assert len({Message("{n} photos", {"n": 1}), Message("{n} photos", {"n": 1})}) == 1


def test_an_error_survives_a_change_of_process() -> None:
    error = pickle.loads(pickle.dumps(BadQuery("The query has {n} parts.", n=70, query="a", position=1)))  # noqa: S301
    assert (str(error), error.query, error.position) == ("The query has 70 parts.", "a", 1)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("pier widht:>=3000", "`widht:` at character 6 is not a key that is known here. Did you mean `width:`?"),
        ('the "golden gate', '`"` at character 5 begins a quotation that never ends.'),
        ("fog^2^3", "`fog^2^3` at character 1 has two weights."),
        ("fog^11", "`fog^11` at character 1 has a weight that is not between 0.01 and 10."),
        ("sea tag:", "`tag:` at character 5 needs a value, as in `tag:night`."),
        ("-sort:new", "`-sort:new` at character 1 can't be turned round."),
        (
            "by:NASA^2",
            "`by:NASA^2` at character 1 can't be read. Only words, quotations, `tag:` and `like:` take a weight.",
        ),
        (
            "is:sqare",
            "`is:sqare` at character 1 can't be read. “sqare” is not one of portrait, landscape and square. "
            "Did you mean square?",
        ),
        (
            "is:xyzzy",
            "`is:xyzzy` at character 1 can't be read. “xyzzy” is not one of portrait, landscape and square.",
        ),
        (
            "color:0aa",
            "`color:0aa` at character 1 can't be read. “0aa” is not a colour that is known here. Did you mean #0aa?",
        ),
        (
            "color:tael",
            "`color:tael` at character 1 can't be read. “tael” is not a colour that is known here. "
            "Did you mean teal, taupe or camel?",
        ),
        (
            "color:xyzzy",
            "`color:xyzzy` at character 1 can't be read. “xyzzy” is not a colour that is known here. "
            "Try a name such as teal, or digits such as #0aa.",
        ),
        (
            "before:soon",
            "`before:soon` at character 1 can't be read. “soon” is not a date. Write a year, month or day, such as "
            "2020, 2020-05 or 2020-05-31.",
        ),
        (
            "width:9999999",
            "`width:9999999` at character 1 can't be read. No photo is that large. Write pixels up to 1000000.",
        ),
        ("a" * 1001, "The query is 1,001 characters long; up to 1,000 are read. Try fewer words."),
    ],
)
def test_a_mistake_in_a_query_is_said_in_whole_sentences(typed: str, said: str) -> None:
    with pytest.raises(BadQuery) as caught:
        parse(typed)
    assert str(caught.value) == said


# that all of it can be translated


def _modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(CORE.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _error_classes() -> dict[str, set[str]]:
    """Return every class of errors, with the arguments it takes that are no values of its message."""
    classes = {node.name: node for _, tree in _modules() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    found = {ROOT_CLASS: set[str]()}
    while more := [
        node for name, node in classes.items() if name not in found and {_name(b) for b in node.bases} & set(found)
    ]:
        for node in more:
            makers = [f for f in node.body if isinstance(f, ast.FunctionDef) and f.name == "__init__"]
            found[node.name] = {argument.arg for maker in makers for argument in maker.args.kwonlyargs}
    return found


ERRORS = _error_classes()


def _said() -> Iterator[tuple[str, ast.Call]]:
    """Yield every call that makes a message, and where it stands."""
    for path, tree in _modules():
        if path != CORE / "errors.py":
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and (_name(node.func) in ERRORS or _name(node.func) == "Message"):
                    yield f"{path.relative_to(CORE.parent)}:{node.lineno}", node


def _template(call: ast.Call) -> str | None:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def _values(call: ast.Call) -> set[object]:
    """Return the names of the values that are given with a template; `None` for those that can't be told."""
    if _name(call.func) != "Message":
        return {keyword.arg for keyword in call.keywords if keyword.arg not in ERRORS[_name(call.func)]}
    if len(call.args) == 1 and not call.keywords:
        return set()
    names = call.args[1].keys if isinstance(call.args[1], ast.Dict) else [None]
    return {name.value if isinstance(name, ast.Constant) else None for name in names}


def test_the_classes_of_errors_are_found() -> None:
    assert {"BadQuery", "NotFound", "FetchError", "Mistake"} <= set(ERRORS)
    assert ERRORS["BadQuery"] == {"query", "position", "suggestion"}
    assert sum(1 for _ in _said()) > 80


def test_every_template_is_a_literal() -> None:
    assert [where for where, call in _said() if _template(call) is None] == []


def test_every_value_has_its_place_and_every_place_its_value() -> None:
    wrong = [
        (where, template)
        for where, call in _said()
        if (template := _template(call)) is not None
        and {name for _, name, _, _ in Formatter().parse(template) if name is not None} != _values(call)
    ]
    assert wrong == []


def test_no_error_is_raised_without_a_message() -> None:
    bare = [
        f"{path.relative_to(CORE.parent)}:{node.lineno}"
        for path, tree in _modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and node.exc is not None and _name(node.exc) in ERRORS
    ]
    assert bare == []
