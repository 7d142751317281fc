"""The local web chat: one page, no account, the same commands as in every chat."""

from __future__ import annotations

from bot.web.server import WebChat, WebOptions

__all__ = ["WebChat", "WebOptions"]
