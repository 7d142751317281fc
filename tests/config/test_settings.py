"""Where settings come from, and what is said of wrong ones."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from config.settings import DEFAULTS, SettingsError, files_for, load


def test_defaults_need_neither_files_nor_environment() -> None:
    settings = load({})
    assert settings.encoder.model == "auto"
    assert settings.library.dir == Path("library")


def test_the_environment_wins_over_files(tmp_path: Path) -> None:
    file = tmp_path / "modaclip.toml"
    file.write_text('[library]\ndir = "from-file"\napp_name = "studio"\n')
    settings = load({"MODACLIP_LIBRARY_DIR": "/from/environment"}, [file])
    assert (settings.library.dir, settings.library.app_name) == (Path("/from/environment"), "studio")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MODACLIP_SEARCH_LIMIT", "many", "search.limit takes a whole number"),
        ("MODACLIP_SEARCH_LIMIT", "0", "must be more than 0"),
        ("MODACLIP_IMPORT_BATCH_PHOTOS", "-1", "must be 0 or more"),
        ("MODACLIP_SEARCH_COLLAPSE", "maybe", "search.collapse takes true or false"),
        ("MODACLIP_FETCH_TIMEOUT_S", "soon", "fetch.timeout_s takes a number"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load({name: value})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[libary]\n", r"unknown section \[libary\]"),
        ("[library]\nfolder = 'x'\n", "no setting 'folder'"),
        ("[library\n", "not valid TOML"),
        ("library = 3\n", "unknown section"),
        ("[library]\ndir = 3\n", "library.dir takes a path"),
    ],
)
def test_a_wrong_file_is_explained(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "modaclip.toml"
    file.write_text(content)
    with pytest.raises(SettingsError, match=said):
        load({}, [file])


def test_a_config_file_that_is_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not a file"):
        files_for({"MODACLIP_CONFIG": str(tmp_path / "missing.toml")}, tmp_path)


def test_every_default_has_a_line_of_explanation() -> None:
    lines = [line for line in DEFAULTS.read_text().splitlines() if " = " in line and not line.startswith("#")]
    assert lines
    assert [line for line in lines if "#" not in line] == []
    assert sum(len(section) for section in tomllib.loads(DEFAULTS.read_text()).values()) == len(lines)


def test_the_url_of_a_store_may_stand_in_a_file_and_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://ann:hush@db/x\n")
    settings = load({"MODACLIP_LIBRARY_STORE_FILE": str(tmp_path / "url")})
    assert settings.library.store == "postgresql://ann:hush@db/x"
    assert "hush" not in repr(settings)
    assert load({"MODACLIP_LIBRARY_STORE": "postgresql://b"}).library.store == "postgresql://b"
    assert load({}).library.store == ""
