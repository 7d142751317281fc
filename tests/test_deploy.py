"""What the compose files name is there: settings, secrets, commands and files."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import build_parser
from config.settings import SECTIONS, Secrets

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
COMPOSE = sorted(DEPLOY.rglob("compose.yaml"))
HARDENED = {"read_only": True, "security_opt": ["no-new-privileges:true"]}


def names() -> set[str]:
    """Return every environment variable that is read."""
    settings = {
        f"MODACLIP_{section}_{each.name}".upper() for section, kind in SECTIONS.items() for each in fields(kind)
    }
    secrets = {f"MODACLIP_{each.name}".upper() for each in fields(Secrets)}
    hidden = {
        f"MODACLIP_{section}_{each.name}".upper()
        for section, kind in SECTIONS.items()
        for each in fields(kind)
        if not each.repr
    }
    return settings | secrets | {f"{name}_FILE" for name in secrets | hidden}


def services(path: Path) -> dict[str, dict[str, Any]]:
    read: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["services"]
    return read


def own(path: Path) -> dict[str, dict[str, Any]]:
    return {name: service for name, service in services(path).items() if "build" in service}


@pytest.mark.parametrize("path", COMPOSE, ids=str)
def test_every_variable_is_a_setting(path: Path) -> None:
    given = {name for service in own(path).values() for name in service["environment"]}
    assert given
    assert given <= names()


@pytest.mark.parametrize("path", COMPOSE, ids=str)
def test_every_command_exists(path: Path) -> None:
    for service in own(path).values():
        program, *arguments = service.get("command", ["modaclip", "run"])
        assert program == "modaclip"
        build_parser().parse_args(arguments)  # ends the program where it does not


@pytest.mark.parametrize("path", COMPOSE, ids=str)
def test_secrets_and_volumes_that_are_used_are_named(path: Path) -> None:
    whole = yaml.safe_load(path.read_text(encoding="utf-8"))
    for service in services(path).values():
        assert set(service.get("secrets", ())) <= set(whole["secrets"])
        files = {value for name, value in service.get("environment", {}).items() if name.endswith("_FILE")}
        assert files == {f"/run/secrets/{name}" for name in service.get("secrets", ())}
        for volume in service.get("volumes", ()):
            place = volume.split(":")[0]
            assert place in whole["volumes"] or place.startswith((".", ".."))
        assert {name: service[name] for name in HARDENED} == HARDENED


@pytest.mark.parametrize("path", COMPOSE, ids=str)
def test_what_is_built_is_there(path: Path) -> None:
    for service in own(path).values():
        context = (path.parent / service["build"]["context"]).resolve()
        assert context == ROOT
        assert (context / service["build"]["dockerfile"]).is_file()


def test_the_scaled_one_has_two_of_each_and_one_proxy_that_knows_the_bots() -> None:
    found = services(DEPLOY / "scale" / "compose.yaml")
    assert sorted(found) == ["bot-1", "bot-2", "postgres", "proxy", "worker-1", "worker-2"]
    proxied = re.findall(r"(bot-\d):(\d+)", (DEPLOY / "scale" / "Caddyfile").read_text(encoding="utf-8"))
    assert sorted(proxied) == [("bot-1", "8765"), ("bot-1", "8766"), ("bot-2", "8765"), ("bot-2", "8766")]
    for name, service in found.items():
        assert name.startswith("bot") or "healthcheck" in service  # that of the bots stands in the Dockerfile
    for image in (service["image"] for service in found.values() if "build" not in service):
        assert "." not in image.split("/")[0].split(":")[0], "an image by its name, from no registry in particular"


def test_the_readme_of_the_scaled_one_names_every_secret() -> None:
    whole = yaml.safe_load((DEPLOY / "scale" / "compose.yaml").read_text(encoding="utf-8"))
    readme = (DEPLOY / "scale" / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in readme for name in whole["secrets"])
