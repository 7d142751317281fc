"""Owns the settings: their types, where they are read from, and what is said when one is wrong.

Nothing is read when this module is imported: `load` is called once, by whoever starts the program, with the environment
and the files to read. Later sources win: default.toml, then each file, then the environment.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

DEFAULTS = Path(__file__).with_name("default.toml")
TAGS = Path(__file__).with_name("tags.txt")
ENVIRONMENT_PREFIX = "MODACLIP_"

Section = TypeVar("Section")


class SettingsError(ValueError):
    """A setting that is unknown or can't be read; the message names it and where it stands."""


@dataclass(frozen=True, slots=True)
class LibrarySettings:
    dir: Path
    store: str = field(repr=False)  # may hold a password
    read_store: str = field(repr=False)
    app_name: str


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    model: str
    preferred: str
    device: str
    allow_download: bool
    training_free: bool
    half_texts: bool


@dataclass(frozen=True, slots=True)
class ImportSettings:
    batch_photos: int
    decode_threads: int
    max_pixels: int
    max_file_mb: int
    thumbnail_px: int
    auto_tags: int
    tags_file: str


@dataclass(frozen=True, slots=True)
class FetchSettings:
    concurrency: int
    timeout_s: float
    attempts: int


@dataclass(frozen=True, slots=True)
class SearchSettings:
    limit: int
    exact_limit: int
    collapse: bool


@dataclass(frozen=True, slots=True)
class BotSettings:
    dir: Path
    collections: str
    log_level: str


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    concurrency: int
    lease_s: float
    host: str
    health_port: int


@dataclass(frozen=True, slots=True)
class WebSettings:
    enabled: bool
    host: str
    port: int
    behind_tls: bool


@dataclass(frozen=True, slots=True)
class DiscordSettings:
    enabled: bool


@dataclass(frozen=True, slots=True)
class SlackSettings:
    enabled: bool
    host: str
    port: int
    public_url: str


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    results_days: int
    history_days: int
    sessions_days: int
    files_days: int
    deleted_boards_days: int


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is read from the environment only, or from a file that it names; never shown, never logged."""

    discord_token: str | None = field(default=None, repr=False)
    slack_bot_token: str | None = field(default=None, repr=False)
    slack_app_token: str | None = field(default=None, repr=False)  # opens a socket to Slack
    slack_signing_secret: str | None = field(default=None, repr=False)  # proves what Slack sends without a socket
    slack_client_id: str | None = field(default=None, repr=False)  # with these, many workspaces may add the app
    slack_client_secret: str | None = field(default=None, repr=False)
    slack_token_key: str | None = field(default=None, repr=False)  # encrypts their tokens in the database
    web_password: str | None = field(default=None, repr=False)
    unsplash_key: str | None = field(default=None, repr=False)  # an access key of Unsplash's API

    def values(self) -> tuple[str, ...]:
        """Return those that are set, for whoever must see to it that they are shown nowhere."""
        return tuple(value for each in fields(self) if (value := getattr(self, each.name)))


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, by section as in default.toml (`[import]` is `imports` here: the word is taken)."""

    library: LibrarySettings
    encoder: EncoderSettings
    imports: ImportSettings
    fetch: FetchSettings
    search: SearchSettings
    bot: BotSettings
    worker: WorkerSettings
    web: WebSettings
    discord: DiscordSettings
    slack: SlackSettings
    privacy: PrivacySettings


SECTIONS: Mapping[str, type[Any]] = {
    "library": LibrarySettings,
    "encoder": EncoderSettings,
    "import": ImportSettings,
    "fetch": FetchSettings,
    "search": SearchSettings,
    "bot": BotSettings,
    "worker": WorkerSettings,
    "web": WebSettings,
    "discord": DiscordSettings,
    "slack": SlackSettings,
    "privacy": PrivacySettings,
}
MOST_DAYS = 3650  # that anything may be kept by a setting that ends with `_days`
POSITIVE = {
    "port",
    "max_pixels",
    "max_file_mb",
    "thumbnail_px",
    "concurrency",
    "lease_s",
    "timeout_s",
    "attempts",
    "limit",
}
NOT_NEGATIVE = {"batch_photos", "decode_threads", "auto_tags"}


def load(env: Mapping[str, str], files: Iterable[Path] = ()) -> Settings:
    """Read the settings from default.toml, then `files` that exist, then `env`.

    Raises SettingsError when a section, a name or a value is not understood.
    """
    values: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    for path in (DEFAULTS, *files):
        if path.is_file():
            _merge_file(values, path)
    _merge_environment(values, env)
    sections = {name: _section(kind, name, values[name]) for name, kind in SECTIONS.items()}
    return Settings(imports=sections.pop("import"), **sections)


def load_secrets(env: Mapping[str, str]) -> Secrets:
    """Read the secrets: MODACLIP_DISCORD_TOKEN, or the file that MODACLIP_DISCORD_TOKEN_FILE names, and so on.

    Raises SettingsError when such a file can't be read.
    """
    return Secrets(**{each.name: _secret(env, f"{ENVIRONMENT_PREFIX}{each.name}".upper()) for each in fields(Secrets)})


def collections_of(settings: BotSettings) -> tuple[Mapping[str, Path], Mapping[str, frozenset[str]]]:
    """Return the shared collections' folders, and who may read those that are not for everybody.

    Raises SettingsError when the setting is not `NAME=DIR` or `NAME@WORKSPACE+WORKSPACE=DIR`, with commas between.
    """
    folders: dict[str, Path] = {}
    readers: dict[str, frozenset[str]] = {}
    for entry in filter(None, (part.strip() for part in settings.collections.split(","))):
        named, equals, folder = entry.partition("=")
        name, restricted, allowed = named.partition("@")
        among = frozenset(filter(None, map(str.strip, allowed.split("+"))))
        if not equals or not folder.strip() or not re.fullmatch(r"[a-z0-9-]{1,20}", name.strip()):
            raise SettingsError(
                f"The setting bot.collections takes NAME=DIR with commas between, not {entry!r}. A name has small "
                "letters, digits and dashes."
            )
        if name.strip() in folders:
            raise SettingsError(f"The setting bot.collections names {name.strip()!r} twice. Give one another name.")
        if restricted and not among:  # nobody is meant by that, and everybody would be the worst to read into it
            raise SettingsError(
                f"The setting bot.collections says nobody who may read {name.strip()!r}. Name workspaces behind the @, "
                "or leave it out for everybody."
            )
        folders[name.strip()] = Path(folder.strip()).expanduser()
        if restricted:
            readers[name.strip()] = among
    return folders, readers


def files_for(env: Mapping[str, str], folder: Path) -> tuple[Path, ...]:
    """Return the settings files of a program started in `folder`: its modaclip.toml, and MODACLIP_CONFIG's."""
    named = env.get(f"{ENVIRONMENT_PREFIX}CONFIG")
    if named and not Path(named).is_file():
        raise SettingsError(f"MODACLIP_CONFIG names {named}, which is not a file. Correct it, or unset it.")
    return (folder / "modaclip.toml", *([Path(named)] if named else []))


def _secret(env: Mapping[str, str], name: str) -> str | None:
    if file := env.get(f"{name}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip() or None
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{name}_FILE names a file that can't be read. Correct it, or unset it.") from error
    return env.get(name, "").strip() or None


def _merge_file(values: dict[str, dict[str, Any]], path: Path) -> None:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path.name} is not valid TOML: {error}") from error
    for section, settings in content.items():
        if section not in values or not isinstance(settings, dict):
            raise SettingsError(f"{path.name}: unknown section [{section}]. There are: {', '.join(SECTIONS)}.")
        values[section].update(settings)


def _merge_environment(values: dict[str, dict[str, Any]], env: Mapping[str, str]) -> None:
    for section, kind in SECTIONS.items():
        for each in fields(kind):  # what is not shown may stand in a file of its own, as secrets do
            name = f"{ENVIRONMENT_PREFIX}{section}_{each.name}".upper()
            text = env.get(name) if each.repr else _secret(env, name)
            if text is not None:
                values[section][each.name] = text


def _section(kind: type[Section], section: str, values: Mapping[str, Any]) -> Section:
    types = {field.name: str(field.type) for field in fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(set(values) - set(types)):
        raise SettingsError(f"[{section}] has no setting {unknown[0]!r}. There are: {', '.join(types)}.")
    hidden = {field.name for field in fields(kind) if not field.repr}  # type: ignore[arg-type]
    return kind(**{name: _convert(f"{section}.{name}", types[name], values[name], name in hidden) for name in types})


def _convert(name: str, kind: str, value: Any, hidden: bool = False) -> Any:
    try:
        converted = _CONVERTERS[kind](value)
    except (ValueError, TypeError, KeyError) as error:
        if hidden:
            raise SettingsError(f"The setting {name} takes {_EXPECTED[kind]}.") from None
        raise SettingsError(f"The setting {name} takes {_EXPECTED[kind]}, not {value!r}.") from error
    if name.rpartition(".")[2] in POSITIVE and converted <= 0:
        raise SettingsError(f"The setting {name} must be more than 0, not {value!r}.")
    if name.endswith("_days") and not 1 <= converted <= MOST_DAYS:
        raise SettingsError(f"The setting {name} takes 1 to {MOST_DAYS} days, not {value!r}.")
    if name.rpartition(".")[2] in NOT_NEGATIVE and converted < 0:
        raise SettingsError(f"The setting {name} must be 0 or more, not {value!r}.")
    return converted


def _boolean(value: Any) -> bool:
    words = {"true": True, "yes": True, "1": True, "on": True, "false": False, "no": False, "0": False, "off": False}
    return value if isinstance(value, bool) else words[str(value).strip().lower()]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


_CONVERTERS: Mapping[str, Any] = {
    "Path": lambda value: Path(_text(value)).expanduser(),
    "str": _text,
    "int": lambda value: int(str(value).replace("_", "")),
    "float": float,
    "bool": _boolean,
}
_EXPECTED: Mapping[str, str] = {
    "Path": "a path",
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
}
