"""Discord's command tree, made from the commands that every chat shares: no command is written down a second time."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Optional, Protocol, TypeAlias

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.chat import UnderWay
from bot.commands.spec import Command, Kind, MessageCommand, Option
from bot.discord.names import Names, name, word
from bot.discord.requests import Interaction

Completion: TypeAlias = Callable[["discord.Interaction", str], Coroutine[Any, Any, list[Any]]]


class Listener(Protocol):
    """Who is told of what people do."""

    @property
    def under_way(self) -> UnderWay:
        """What is being answered."""

    async def command(self, interaction: Interaction, command: str, values: Mapping[str, Any]) -> None:
        """Answer a command; `values` are as discord.py gives them."""

    async def menu(self, interaction: Interaction, menu: MessageCommand, message: discord.Message) -> None:
        """Answer a command from a message's menu."""

    async def complete(self, interaction: Interaction, command: str, option: str, typed: str) -> None:
        """Answer what is being typed into an option."""

    async def unknown(self, interaction: Interaction) -> None:
        """Answer a command that was registered by another version."""


class Tree(app_commands.CommandTree[Any]):
    """The tree, which tells commands that it does not know to its listener."""

    def __init__(self, client: discord.Client, listener: Listener) -> None:
        super().__init__(
            client,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        )
        self.listener = listener

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Tell whether a command is answered at all, or left alone because too much is under way."""
        del interaction
        return not self.listener.under_way.full

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        """Answer commands whose registered form is not the one of this version; the listener ends in no errors."""
        del error
        if interaction.type is discord.InteractionType.application_command:
            await self.listener.unknown(interaction)


def build_tree(
    client: discord.Client, listener: Listener, commands: Sequence[Command], menus: Iterable[MessageCommand]
) -> Tree:
    """Return a tree of all commands. Names of two words stand in a group, which is their first word."""
    tree = Tree(client, listener)
    groups: dict[str, app_commands.Group] = {}
    for command in commands:
        first, _, second = command.name.partition(" ")
        if not second:
            tree.add_command(_command(command, 0, listener))
            continue
        if first not in groups:  # Discord shows a group's description nowhere, but asks for one
            groups[first] = app_commands.Group(name=word(command.name, 0), description=locale_str(command.description))
            tree.add_command(groups[first])
        groups[first].add_command(_command(command, 1, listener))
    for menu in menus:
        tree.add_command(_menu(menu, listener))
    return tree


async def payload_of(tree: Tree) -> list[dict[str, Any]]:
    """Return the commands as they are registered, translated."""
    translator = Names()
    return [await command.get_translated_payload(tree, translator) for command in tree.get_commands()]


def _command(command: Command, number: int, listener: Listener) -> app_commands.Command[Any, ..., Any]:
    return app_commands.Command(
        name=word(command.name, number),
        description=locale_str(command.description),
        callback=_callback(command, listener),
    )


def _menu(menu: MessageCommand, listener: Listener) -> app_commands.ContextMenu:
    async def picked(interaction: discord.Interaction, message: discord.Message) -> None:
        await listener.menu(interaction, menu, message)

    return app_commands.ContextMenu(name=name("menu", menu.name), callback=picked)


def _callback(command: Command, listener: Listener) -> Callable[..., Coroutine[Any, Any, None]]:
    """Return a function whose signature has the command's options; discord.py reads them from there.

    Its parameters are only numbered, since an option may be called as no parameter can.
    """
    options = {f"option_{number}": option for number, option in enumerate(command.options)}

    async def answer(interaction: discord.Interaction, **values: Any) -> None:
        given = {options[parameter].name: value for parameter, value in values.items() if value is not None}
        await listener.command(interaction, command.name, given)

    parameters = [inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    parameters += [_parameter(parameter, option) for parameter, option in options.items()]
    answer.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    if not options:
        return answer
    app_commands.rename(**{p: name("option", option.name) for p, option in options.items()})(answer)
    app_commands.describe(**{p: locale_str(option.description) for p, option in options.items()})(answer)
    choices = {p: _choices(option) for p, option in options.items() if option.choices}
    completed = {p: _completion(command, o, listener) for p, o in options.items() if o.complete and not o.choices}
    app_commands.choices(**choices)(answer)
    app_commands.autocomplete(**completed)(answer)
    return answer


def _parameter(parameter: str, option: Option) -> inspect.Parameter:
    kind: Any = {Kind.TEXT: str, Kind.WHOLE: int, Kind.IMAGE: discord.Attachment, Kind.FILE: discord.Attachment}[
        option.kind
    ]
    if option.kind is Kind.WHOLE and (option.lowest is not None or option.highest is not None):
        kind = app_commands.Range[int, option.lowest, option.highest]
    default = inspect.Parameter.empty if option.required else None
    annotation = kind if option.required else Optional[kind]  # noqa: UP045 - made at run time
    return inspect.Parameter(parameter, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _choices(option: Option) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=name("choice", value), value=value) for value in option.choices]


def _completion(command: Command, option: Option, listener: Listener) -> Completion:
    async def complete(interaction: discord.Interaction, current: str) -> list[Any]:
        await listener.complete(interaction, command.name, option.name, str(current))
        return []  # it has been answered

    return complete
