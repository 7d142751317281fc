"""Every package that users install has its licence named, and those that ask for something are spoken of."""

from __future__ import annotations

import re

from tools.licences import COPYLEFT, PAGE, PROPRIETARY, UNKNOWN, licence_of, locked, rows_of

PAGE_TEXT = PAGE.read_text(encoding="utf-8")
KNOWN_UNKNOWNS = {"cuda-toolkit"}  # NVIDIA's, and spoken of as such


def test_every_locked_package_has_its_licence_named() -> None:
    wanted = {**locked("run"), **locked("dev"), **locked("bench"), **locked("torture")}
    assert sorted(name for name, _ in rows_of(PAGE_TEXT)) == sorted(wanted)


def test_licences_are_those_that_installed_packages_name() -> None:
    said = {name: licence_of(name) for name, _ in rows_of(PAGE_TEXT)}
    installed = {name: licence for name, licence in said.items() if "not installed" not in licence}
    assert len(installed) > 100
    assert installed.items() <= dict(rows_of(PAGE_TEXT)).items(), "python -m tools.licences writes them anew"


def test_licences_that_ask_for_something_are_explained() -> None:
    explained = PAGE_TEXT.partition("<!--")[0]
    asking = [name for name, licence in rows_of(PAGE_TEXT) if COPYLEFT.search(licence) or "OFL" in licence]
    assert "psycopg" in asking
    assert [name for name in asking if name.removesuffix("-playwright-python") not in explained] == []
    proprietary = [name for name, licence in rows_of(PAGE_TEXT) if licence == PROPRIETARY]
    assert [name for name in proprietary if not name.startswith("nvidia-")] == []


def test_no_licence_is_unknown_that_is_not_spoken_of() -> None:
    assert {name for name, licence in rows_of(PAGE_TEXT) if licence.startswith(UNKNOWN)} == KNOWN_UNKNOWNS


def test_what_is_locked_is_locked_by_hashes_and_from_no_place_in_particular() -> None:
    for name in ("run", "dev", "bench", "torture"):
        text = (PAGE.parents[1] / "locks" / f"{name}.txt").read_text(encoding="utf-8")
        assert len(locked(name)) > 50
        assert len(re.findall(r"==[^\n]+\\\n    --hash=sha256:[0-9a-f]{64}", text)) == len(locked(name))
        assert not re.search(r"://|@ |--(index|extra|find|trusted)", text)


def test_tests_run_with_the_versions_that_users_install() -> None:
    run, dev, bench, torture = (locked(name) for name in ("run", "dev", "bench", "torture"))
    assert run.items() <= dev.items() <= torture.items()
    assert {name: bench[name] for name in bench.keys() & dev}.items() <= dev.items()
