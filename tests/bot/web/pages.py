"""The page in a real browser, as tests use it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.web import WebChat

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = "--disable-background-networking --disable-component-update --disable-sync --disable-quic --no-first-run"


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """Yield the browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu", *QUIET.split()]
        )
        yield browser
        await browser.close()


async def visit(
    browser: Browser, chat: WebChat, *, width: int = 1280, height: int = 844, scheme: str = "light", touch: bool = False
) -> Page:
    """Return the page of somebody who has just logged in; an error in the page fails the test."""
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        has_touch=touch,
    )
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"the page raised {error}"))
    await page.goto(await chat.login_link())
    await expect(page.locator("#examples button").first).to_be_visible()
    return page


async def until(page: Page, expression: str) -> None:
    """Wait until something holds in the page, asked from outside: the page itself may not evaluate texts."""
    async with asyncio.timeout(10):
        while not await page.evaluate(expression):
            await page.wait_for_timeout(20)


async def ask(page: Page, text: str) -> None:
    """Type something into the chat, and send it."""
    await page.fill("#text", text)
    await expect(page.locator("#send")).to_be_enabled()  # the page hears of keys from then on
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")
