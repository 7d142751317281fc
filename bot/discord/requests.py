"""Who asks in Discord, where, and what they may do there.

A server where the app was installed is a workspace. Everywhere else (direct messages, servers where only the person
brought the app along) people have a workspace of their own, in which they may do everything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import discord

from bot.catalogue import words_for
from bot.replies import Reply
from bot.requests import Level, Person, Request, own_workspace

CHAT = "discord"

Interaction: TypeAlias = "discord.Interaction[Any]"
Tell: TypeAlias = Callable[[Reply], Awaitable[None]]


def request_of_interaction(interaction: Interaction, tell: Tell) -> Request:
    """Return who asks with a command, a button, a menu or a form."""
    shared = interaction.is_guild_integration()
    return Request(
        chat=CHAT,
        workspace=_workspace(interaction.guild_id if shared else None, interaction.user),
        channel=f"{CHAT}:{interaction.channel_id}",
        person=_person(interaction.user),
        words=words_for(str(interaction.locale)),
        level=_level(interaction.permissions) if shared else Level.MANAGER,
        team=_team(interaction.guild if shared else None, interaction.user),
        upload_limit=interaction.filesize_limit,
        tell=tell,
    )


def request_of_message(message: discord.Message, tell: Tell) -> Request:
    """Return who asks by mentioning the bot or writing to it. Such messages don't tell a language; the server does."""
    guild, level = message.guild, Level.MANAGER
    if guild is not None:
        member = message.author
        level = _level(message.channel.permissions_for(member)) if isinstance(member, discord.Member) else Level.MEMBER
    return Request(
        chat=CHAT,
        workspace=_workspace(guild.id if guild else None, message.author),
        channel=f"{CHAT}:{message.channel.id}",
        person=_person(message.author),
        words=words_for(str(guild.preferred_locale) if guild else "en"),
        level=level,
        team=_team(guild, message.author),
        upload_limit=guild.filesize_limit if guild else discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES,
        tell=tell,
    )


def _team(guild: discord.Guild | None, user: discord.abc.User) -> str:
    return (guild.name or "") if guild else user.display_name


def _workspace(guild_id: int | None, user: discord.abc.User) -> str:
    return f"{CHAT}:{guild_id}" if guild_id else own_workspace(f"{CHAT}:{user.id}")


def _person(user: discord.abc.User) -> Person:
    return Person(f"{CHAT}:{user.id}", user.display_name)


def _level(permissions: discord.Permissions) -> Level:
    if permissions.administrator or permissions.manage_guild:
        return Level.MANAGER
    return Level.MODERATOR if permissions.manage_messages else Level.MEMBER
