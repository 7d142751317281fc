"""The command line, which is also the contract for scripts.

Exit status: 0 found or done, 1 nothing found, 2 wrong use. Results go to standard output, everything else to standard
error.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bot.app import read_settings
from bot.logs import trace_of
from bot.terminal import Terminal
from config.settings import Settings, SettingsError
from core.errors import BadQuery, ModaclipError

FOUND, NOTHING, WRONG_USE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Context:
    """What every command gets."""

    arguments: argparse.Namespace
    settings: Settings
    folder: Path  # of the library
    out: Console
    err: Console


Command = Callable[[Context], Awaitable[int]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    out, err = Terminal(), Terminal(stderr=True)
    try:
        parsed = build_parser().parse_args(_shield_queries(sys.argv[1:] if arguments is None else list(arguments)))
        settings = read_settings(os.environ, Path.cwd())
        context = Context(parsed, settings, parsed.library or settings.library.dir, out, err)
        return asyncio.run(_run(parsed.command, context))
    except BadQuery as error:
        err.print(str(error), markup=False)
        if error.suggestion:
            err.print(f"Did you mean: {error.suggestion}", markup=False)
    except (ModaclipError, SettingsError) as error:
        err.print(str(error), markup=False)
    except BrokenPipeError:  # somebody read enough, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FOUND
    except Exception as error:  # what it says may hold anything, so that is left out
        err.print(f"{trace_of(error)}\nThis was not foreseen. Please report it with the lines above.", markup=False)
    except KeyboardInterrupt:
        err.print("Stopped. What was done is kept; the same command goes on from there.")
        return 130
    return WRONG_USE


def _shield_queries(arguments: list[str]) -> list[str]:
    """Return the arguments with queries such as `-people` kept apart from options: argparse takes a space for words."""
    if "find" not in arguments:
        return arguments
    start = arguments.index("find") + 1
    shielded = [f" {word}" if re.match(r"-(?!-|h$)", word) else word for word in arguments[start:]]
    return arguments[:start] + shielded


async def _run(name: str, context: Context) -> int:
    from bot import (  # bring the engine, which `--help` does not need
        cli_backup,
        cli_chats,
        cli_commands,
        cli_moving,
        cli_privacy,
        cli_work,
    )

    apart = {"run": cli_chats, "chat": cli_chats, "move": cli_moving, "worker": cli_work, "forget": cli_privacy}
    apart |= dict.fromkeys(("backup", "restore"), cli_backup)
    where = apart.get(name, cli_commands)
    command: Command = getattr(where, f"run_{name.replace('-', '_')}")
    return await command(context)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(prog="modaclip", description="Find photos by meaning, each with its credit.")
    parser.add_argument("--library", type=Path, metavar="DIR", help="the library's folder (default: from the settings)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_making(commands)
    _add_finding(commands)
    _add_keeping(commands)
    _add_chats(commands)
    return parser


def _add_making(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    init = commands.add_parser("init", help="make an empty library")
    init.add_argument("--model", metavar="NAME", help="auto, starter, or MODEL/WEIGHTS of open_clip")
    importing = commands.add_parser("import", help="take photos in; run it again to go on or to bring changes")
    importing.add_argument(
        "sources", nargs="+", metavar="SOURCE", help="folder, table, photo, URL, Unsplash data, .npy"
    )
    importing.add_argument("--images", type=Path, metavar="DIR", help="where a table's or Unsplash's pictures lie")
    importing.add_argument("--source", choices=("unsplash", "folder", "table"), help="what SOURCE is, if it is unclear")
    importing.add_argument("--here", action="store_true", help="embed in this process, and hand nothing to workers")
    reembed = commands.add_parser("reembed", help="move the library to another encoder")
    reembed.add_argument("--model", required=True, metavar="NAME")


def _add_finding(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    find = commands.add_parser("find", help="find photos by words, reference photos and filters")
    find.add_argument("query", metavar="QUERY", nargs="*", help="for example: sunset over ocean -people is:landscape")
    find.add_argument("--image", action="append", default=[], metavar="PATH", help="a reference photo; may be repeated")
    _add_hits(find)
    find.add_argument("--diverse", action="store_true", help="prefer hits that differ from each other")
    similar = commands.add_parser("similar", help="find photos like one in the library, or like a file")
    similar.add_argument("photo", metavar="PATH|ID")
    _add_hits(similar)
    tags = commands.add_parser("tags", help="list tags and how many photos have them")
    tags.add_argument("prefix", nargs="?", default="", metavar="PREFIX")
    tags.add_argument("--limit", type=_count, default=50, metavar="N")
    photo = commands.add_parser("photo", help="show all that is known of a photo")
    photo.add_argument("id", metavar="ID")
    photo.add_argument("--json", action="store_true")
    credit = commands.add_parser("credit", help="print the credits of photos")
    credit.add_argument("ids", nargs="+", metavar="ID")
    credit.add_argument("--format", choices=("text", "markdown", "html", "csv"), default="text")


def _add_hits(command: argparse.ArgumentParser) -> None:
    command.add_argument("--limit", type=_count, metavar="N", help="how many hits")
    command.add_argument("--no-collapse", action="store_true", help="show near-duplicates one by one")
    command.add_argument("--json", action="store_true", help="one object a line")
    command.add_argument("--sheet", type=Path, metavar="FILE.png", help="write a contact sheet with credits")


def _add_keeping(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    commands.add_parser("stats", help="show the library in figures")
    evaluate = commands.add_parser("eval", help="measure how well photos are found")
    evaluate.add_argument(
        "labelled", type=Path, metavar="FILE|DIR", help="labelled folders, or lines image<TAB>caption"
    )
    evaluate.add_argument("--json", action="store_true")
    check = commands.add_parser("check", help="look for damage")
    check.add_argument("--repair", action="store_true", help="and mend it")
    move = commands.add_parser("move", help="carry the library over into PostgreSQL, or back, while it is used")
    move.add_argument(
        "--to", required=True, metavar="URL|postgresql|sqlite",
        help="postgresql://…, postgresql for the one that the settings name, or sqlite for a file in the folder",
    )  # fmt: skip
    move.add_argument(
        "--everything", action="store_true", help="and the bot's workspaces, collections and own tables as well"
    )
    move.add_argument("--replace", action="store_true", help="write over whatever stands there")
    backup = commands.add_parser("backup", help="save all that there is into a folder, while it is used")
    backup.add_argument("folder", type=Path, metavar="FOLDER", help="an empty one, or that of the backup before")
    restore = commands.add_parser("restore", help="put all that a backup holds where the settings say")
    restore.add_argument("folder", type=Path, metavar="FOLDER")
    restore.add_argument("--check", action="store_true", help="only look whether every byte of it is as it was written")
    restore.add_argument("--replace", action="store_true", help="put it in the place of whatever is there")
    doctor = commands.add_parser("doctor", help="show what is there, what is missing, and what to do")
    doctor.add_argument(
        "--discord", action="store_true", help="look at the Discord app instead, and print its invite link"
    )
    doctor.add_argument("--slack", action="store_true", help="look at the Slack app instead: tokens and permissions")


def _add_chats(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    commands.add_parser("chat", help="open the web chat on this library, with no account")
    commands.add_parser("run", help="run every chat that is configured: Discord, Slack and the web chat")
    worker = commands.add_parser("worker", help="embed what others import, from a store that several hosts share")
    worker.add_argument("--concurrency", type=_count, metavar="N", help="batches at the same time")
    forget = commands.add_parser("forget", help="show what is kept about a person of a chat, and forget it")
    forget.add_argument(
        "person", metavar="PERSON", help="for example discord:80351110224678912 or slack:T0G9PQBBK.U024BE7LH"
    )
    forget.add_argument("--yes", action="store_true", help="and do it; that can't be undone")
    commands.add_parser("slack-key", help="make a key that encrypts the tokens of Slack workspaces")


def _count(text: str) -> int:
    try:
        count = int(text)
    except ValueError:
        count = 0
    if count < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return count
