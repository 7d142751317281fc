"""Encrypts the tokens of workspaces, so that who reads the database, or a copy of it, has none of them."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.errors import ModaclipError


class BadKey(ModaclipError):
    """A key that is none."""


class Sealed(ModaclipError):
    """Something that none of the keys opens."""


class Seal:
    """Seals with the first key, opens with any of them: so a key can be changed while the old one still opens."""

    def __init__(self, keys: str) -> None:
        """Take one key or several, with commas between. Raises BadKey."""
        try:
            every = [Fernet(key.strip()) for key in keys.split(",") if key.strip()]
            self._keys, self._first = MultiFernet(every), every[0]
        except ValueError:
            # not chained: the cause must never bring a part of a key into a log
            raise BadKey(
                "MODACLIP_SLACK_TOKEN_KEY is no key, nor several with commas between. Make one with "
                "`modaclip slack-key`, and give it as it was printed."
            ) from None

    def seal(self, text: str) -> str:
        """Return a text sealed."""
        return self._keys.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return what was sealed. Raises Sealed."""
        try:
            return self._keys.decrypt(sealed).decode()
        except InvalidToken:
            raise Sealed(
                "The token of a Slack workspace was encrypted with another key. Nothing is lost: put the key that was "
                "used before behind the new one in MODACLIP_SLACK_TOKEN_KEY, with a comma between, and start again. "
                "If it is gone, install the app in that workspace anew."
            ) from None

    def is_current(self, sealed: str) -> bool:
        """Tell whether something was sealed with the first key."""
        try:
            self._first.decrypt(sealed)
        except InvalidToken:
            return False
        return True


def make_key() -> str:
    """Return a new key."""
    return Fernet.generate_key().decode()
