"""Where the command line writes. Names come from strangers: nothing in them reaches a terminal as an order to it."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from core.sources.text import sound


class Terminal(Console):
    """Standard output, or standard error."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, soft_wrap=True, highlight=False, emoji=False)

    def render_str(self, text: str, **options: Any) -> Text:
        """Return a text as it is shown, here and in the cells of tables."""
        return super().render_str(sound(text), **options)
