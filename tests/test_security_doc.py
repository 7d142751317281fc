"""docs/security.md says what is so: every test that it names exists, no requirement is left out, every limit holds."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
# every requirement of level 1 of OWASP ASVS 5.0.0, by section
LEVEL_1 = {
    "1.2": (1, 2, 3, 4, 5), "1.3": (1, 2), "1.5": (1,), "2.1": (1,), "2.2": (1, 2), "2.3": (1,), "3.2": (1, 2),
    "3.3": (1,), "3.4": (1, 2), "3.5": (1, 2, 3), "4.1": (1,), "4.4": (1,), "5.2": (1, 2), "5.3": (1, 2), "6.1": (1,),
    "6.2": (1, 2, 3, 4, 5, 6, 7, 8), "6.3": (1, 2), "6.4": (1, 2), "7.2": (1, 2, 3, 4), "7.4": (1, 2), "8.1": (1,),
    "8.2": (1, 2), "8.3": (1,), "9.1": (1, 2, 3), "9.2": (1,), "10.4": (1, 2, 3, 4, 5), "11.3": (1, 2), "11.4": (1,),
    "12.1": (1,), "12.2": (1, 2), "13.4": (1,), "14.2": (1,), "14.3": (1,), "15.1": (1,), "15.2": (1,), "15.3": (1,),
}  # fmt: skip
ROWS = re.findall(r"^\| ([0-9]+\.[0-9]+\.[0-9]+) \| (.+?) \| (.+?) \|$", TEXT, re.MULTILINE)
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)
LIMITS = re.findall(r"^\| (.+?) \| ([0-9][0-9,]*)(?: (\w+))? \| `([\w.]+)\.(\w+)` \|$", TEXT, re.MULTILINE)
UNITS = {"": 1, "KiB": 2**10, "MiB": 2**20, "s": 1, "minutes": 60, "hours": 3600, "days": 24 * 3600}
NO_TEST = "Does not apply: "


def test_no_requirement_of_level_1_is_left_out() -> None:
    wanted = [f"{section}.{number}" for section, numbers in LEVEL_1.items() for number in numbers]
    assert len(wanted) == 70 and [number for number, _, _ in ROWS] == wanted


@pytest.mark.parametrize("row", ROWS, ids=[number for number, _, _ in ROWS])
def test_each_requirement_names_a_test_or_says_why_there_is_none(row: tuple[str, str, str]) -> None:
    _, _, met = row
    assert ("::test_" in met) != met.startswith(NO_TEST)
    assert len(met.partition(": ")[2]) > 10 or "::test_" in met


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("named", sorted(set(NAMED)), ids=lambda named: named[1])
def test_every_test_that_is_named_exists(named: tuple[str, str]) -> None:
    path, name = named
    assert name in functions_of(path)


def test_nothing_that_looks_like_a_test_is_written_in_another_way() -> None:
    assert TEXT.count("::test_") == len(NAMED) > 60


@pytest.mark.parametrize("limit", LIMITS, ids=[limit[4] for limit in LIMITS])
def test_every_limit_is_the_one_in_the_code(limit: tuple[str, str, str, str, str]) -> None:
    _, figure, unit, module, name = limit
    assert int(figure.replace(",", "")) * UNITS[unit] == getattr(import_module(module), name)


def test_limits_are_told() -> None:
    assert len(LIMITS) >= 15


def test_every_component_is_pinned_to_a_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [one for group in project.get("optional-dependencies", {}).values() for one in group]
    declared = {_plain(re.split(r"[^A-Za-z0-9._-]", one)[0]) for one in [*project["dependencies"], *extras]}
    locked = [line for path in (ROOT / "locks").glob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()]
    pinned = {_plain(line.split("==")[0]) for line in locked if "==" in line}
    assert declared - {_plain(project["name"])} <= pinned


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
