"""What the compose files name is there: settings, secrets, commands and files."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import build_parser
from config.settings import SECTIONS, Secrets
from tests.fakes.confined import NotConfined, run_confined

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
COMPOSE = sorted(DEPLOY.rglob("compose.yaml"))
HARDENED = {"read_only": True, "security_opt": ["no-new-privileges:true"]}
UNIT = DEPLOY / "modaclip.service"
CONFINED = """
    CapabilityBoundingSet= DynamicUser=yes LockPersonality=yes NoNewPrivileges=yes PrivateMounts=yes PrivateTmp=yes
    PrivateUsers=yes ProtectControlGroups=yes ProtectHome=yes ProtectKernelModules=yes ProtectKernelTunables=yes
    ProtectProc=invisible ProtectSystem=strict RestrictNamespaces=yes RestrictSUIDSGID=yes
    SystemCallArchitectures=native SystemCallFilter=@system-service UMask=0077
""".split()


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


@pytest.mark.parametrize("path", COMPOSE, ids=str)
def test_every_service_has_a_limit_of_memory_and_of_processes(path: Path) -> None:
    for service in services(path).values():
        assert service["mem_limit"]
        assert 0 < service["pids_limit"] <= 512


@pytest.mark.parametrize("path", COMPOSE, ids=str)
def test_what_is_built_runs_without_rights_and_can_write_its_data_alone(path: Path) -> None:
    for service in own(path).values():
        assert service["cap_drop"] == ["ALL"]
        assert "cap_add" not in service
        assert "user" not in service  # that of the image
        assert service["tmpfs"] == ["/tmp"]  # noqa: S108
        written = [volume.split(":")[1] for volume in service["volumes"] if not volume.endswith(":ro")]
        assert written == ["/data"]


def test_the_image_runs_as_somebody_who_owns_nothing_but_data() -> None:
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    (user,) = (line.split()[1] for line in lines if line.startswith("USER "))
    assert user.isdigit()  # so that a cluster can tell that it is not root
    assert int(user) > 0
    assert not [line for line in lines if "chown" in line or "--chown" in line]


def test_what_the_image_is_built_of_is_sent_to_the_builder_and_nothing_else() -> None:
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = [line for line in sent if line and not line.startswith("#")]
    copied = re.findall(r"^COPY (.+) \S+$", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert sent[0] == "*"
    assert {line.removeprefix("!") for line in sent if line.startswith("!")} == set(" ".join(copied).split())


def test_the_unit_may_do_and_write_no_more_than_it_needs() -> None:
    lines = UNIT.read_text(encoding="utf-8").splitlines()
    assert [line for line in CONFINED if line not in lines] == []
    (written,) = (line for line in lines if line.startswith("StateDirectory="))
    assert written == "StateDirectory=modaclip"
    assert not [line for line in lines if line.startswith("ReadWritePaths")]


def test_the_bot_answers_where_nothing_but_its_data_can_be_written(tmp_path: Path) -> None:
    data, scratch, beside = (tmp_path / name for name in ("data", "scratch", "beside"))
    for folder in (data, scratch, beside):
        folder.mkdir()
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    (given,) = re.findall(r"^ENV (.+)$", dockerfile, re.MULTILINE)
    env = dict(one.split("=") for one in given.replace("/data", str(data)).split())
    env |= {"PYTHONPATH": str(ROOT), "MODACLIP_ENCODER_MODEL": "starter"}
    photo = str(ROOT / "samples" / "rob-bye.jpg")
    command = [sys.executable, "-m", "tests.fakes.answering", photo]
    try:
        said = run_confined(command, data=data, scratch=scratch, beside=beside, env=env, timeout_s=300)
    except NotConfined as error:
        pytest.skip(str(error))
    told = json.loads(said.splitlines()[-1])
    assert (told["found"], told["page"]) == (1, 200)
    assert [Path(name).suffix for name in told["files"]] == [".pdf", ".zip"]
    assert list(scratch.iterdir()) == []  # what was put aside is gone again
    assert {entry.name for entry in data.iterdir()} <= {"library", "bot", "models"}
