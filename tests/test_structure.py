"""Imports point one way."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {"core": ("bot", "config"), "config": ("bot", "core")}
# inside core: a module may import only modules of layers below its own
LAYERS = (
    {"addresses", "disk", "errors", "photos", "bands", "files", "locking", "remembering", "waiting", "file_names"},
    {"colours", "query", "query_terms", "query_values", "query_parser", "credits", "lettering"},
    {"thumbnails", "originals"},
    {"images", "decoding", "sources", "store", "vectors", "encoder", "encoders", "fetch", "sheets"},
    {"spaces", "calibration", "index", "intake", "alike", "doctor", "vector_cache"},
    {"ranking"},
    {"narrowing"},
    {"enrich", "search", "ingest", "evaluate", "curation", "boards"},
    {"reembed", "options"},
    {"check"},
    {"library"},
    {"jobs"},
    {"suggestions", "moving", "mending"},
    {"backup"},
    {"workspace"},
    {"sides"},
    {"team_boards"},
    {"briefing"},
)


def imported(path: Path) -> set[str]:
    """Return the dotted names that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_point_from_bot_to_core_and_config(package: str) -> None:
    for path in modules(package):
        wrong = {name for name in imported(path) if name.split(".")[0] in FORBIDDEN[package]}
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def test_only_the_wiring_knows_both_settings_and_engine() -> None:
    knowing = {
        path.relative_to(ROOT).as_posix()
        for path in modules("bot")
        if "config.settings" in imported(path) and any(name.startswith("core.library") for name in imported(path))
    }
    assert knowing == {"bot/app.py"}


def test_inside_the_engine_imports_point_down() -> None:
    layer = {name: height for height, names in enumerate(LAYERS) for name in names}
    for path in modules("core"):
        own = path.relative_to(ROOT / "core").parts[0].removesuffix(".py")
        if own == "__init__":
            continue
        for name in imported(path):
            parts = name.split(".")
            if parts[0] == "core" and len(parts) > 1 and parts[1] in layer and parts[1] != own:
                assert layer[parts[1]] <= layer[own], f"core/{own} imports core/{parts[1]}, which stands above it"


def test_every_module_of_the_engine_has_its_layer() -> None:
    own = {path.relative_to(ROOT / "core").parts[0].removesuffix(".py") for path in modules("core")} - {"__init__"}
    assert own <= set().union(*LAYERS)


def test_no_command_knows_a_chat() -> None:
    for path in modules("bot"):
        where = path.relative_to(ROOT / "bot").parts[0]
        if where in ("discord", "slack", "web", "app.py", "cli_commands.py"):
            continue
        chats = ("bot.discord", "bot.slack", "bot.web", "discord", "slack_bolt", "slack_sdk", "aiohttp")
        wrong = {name for name in imported(path) if name.startswith(chats)}
        assert not wrong, f"bot/{where} imports {wrong}"


def test_no_chat_knows_another_nor_the_wiring() -> None:
    for chat, others in (
        ("discord", ("bot.slack", "bot.web", "bot.app", "bot.cli")),
        ("slack", ("bot.discord", "bot.web", "bot.app", "bot.cli")),
        ("web", ("bot.discord", "bot.slack", "bot.app", "bot.cli")),
    ):
        for path in modules(f"bot/{chat}"):
            wrong = {name for name in imported(path) if name.startswith(others)}
            assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def test_sql_stands_in_the_store_only() -> None:
    for path in [*modules("core"), *modules("bot")]:
        if "store" in path.parts or path.name == "dataset.py":  # whose scratch file is no library
            continue
        strings = [node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)]
        found = [
            text for text in strings if isinstance(text, str) and text.startswith(("SELECT ", "INSERT ", "UPDATE "))
        ]
        assert not found, f"{path.relative_to(ROOT)} holds SQL: {found}"


def test_nothing_but_the_command_line_prints() -> None:
    for path in [*modules("core"), *modules("config")]:
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        assert not [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in ("print", "exit")]


def test_nothing_runs_a_text_or_a_program_or_reads_objects_from_bytes() -> None:
    """Only what decodes pictures starts a process, always the same one; no text becomes code or a command."""
    forbidden = {"eval", "exec", "os.system", "os.popen", "os.execv", "pickle.load", "pickle.loads", "marshal.loads"}
    forbidden |= {"hashlib.md5", "hashlib.sha1", "yaml.load", "yaml.unsafe_load"}
    for package in ("core", "bot", "config"):
        for path in modules(package):
            text = path.read_text(encoding="utf-8")
            if not re.search(r"eval|exec|system|popen|pickle|marshal|md5|sha1|yaml|shell|subprocess", text):
                continue  # which saves taking most modules apart
            calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
            wrong = {ast.unparse(call.func) for call in calls} & forbidden
            wrong |= {ast.unparse(call) for call in calls for one in call.keywords if ast.unparse(one) == "shell=True"}
            assert not wrong, f"{path.relative_to(ROOT)} calls {wrong}"
            if "decoding" not in path.parts:
                assert "subprocess" not in {name.split(".")[0] for name in imported(path)}, path
