"""The page in a real browser: asking, pressing, pictures, keyboard, a reload, and what axe says of it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Route, expect

from bot.desk import Desk
from bot.web import WebChat, WebOptions
from tests.bot.web.pages import BROWSER, ask, until, visit
from tests.conftest import draw_photo

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed here")


async def test_photos_are_found_each_with_its_credit_and_are_there_after_a_reload(
    browser: Browser, chat: WebChat
) -> None:
    page = await visit(browser, chat)
    await ask(page, "/find red count:4")
    await expect(page.locator(".gallery li")).to_have_count(4)
    await expect(page.locator(".caption", has_text="hotographer unknown")).to_have_count(4)
    await page.reload()
    await expect(page.locator(".gallery li")).to_have_count(4)
    loaded = "[...document.querySelectorAll('.gallery img')].every(one => one.complete && one.naturalWidth > 0)"
    await until(page, loaded)


async def test_a_page_is_turned_and_a_photo_shown_large(browser: Browser, chat: WebChat) -> None:
    page = await visit(browser, chat)
    await ask(page, "/find sort:new count:3")
    await expect(page.locator(".gallery li")).to_have_count(3)
    first = await page.locator(".gallery .meta a").all_inner_texts()
    await page.get_by_role("button", name="Next page").click()
    await expect(page.locator(".gallery .meta a").first).not_to_have_text(first[0])
    await page.locator(".photo").first.click()
    await expect(page.locator("dialog img")).to_be_visible()
    await expect(page.locator("dialog .caption")).to_contain_text("hotographer unknown")


async def test_arrow_keys_lead_from_one_large_photo_to_the_next(browser: Browser, chat: WebChat) -> None:
    page = await visit(browser, chat)
    await ask(page, "/find sort:new count:3")
    await expect(page.locator(".gallery li")).to_have_count(3)
    ids = await page.locator(".gallery .meta a").all_inner_texts()
    await page.locator(".photo").first.click()
    for key, shown in (("ArrowRight", ids[1]), ("ArrowRight", ids[2]), ("ArrowRight", ids[2]), ("ArrowLeft", ids[1])):
        await page.keyboard.press(key)
        await expect(page.locator("dialog .details dd").first).to_have_text(shown)
        assert page.url.endswith(f"#photo={shown}")
    await page.keyboard.press("Escape")
    await expect(page.locator(f'.photo[data-photo="{ids[1]}"]')).to_be_focused()
    await expect(page.locator("#log .entry")).to_have_count(2)  # looking is no part of the conversation


async def test_what_is_pressed_beside_a_large_photo_is_answered_in_the_conversation(
    browser: Browser, chat: WebChat
) -> None:
    page = await visit(browser, chat)
    await ask(page, "/find blue count:3")
    await page.locator(".photo").first.click()
    await page.locator("dialog").get_by_role("button", name="Similar photos").click()
    await expect(page.locator("dialog")).to_be_hidden()
    await expect(page.locator(".gallery")).to_have_count(2)


@pytest.mark.parametrize("width", [390, 1280])
async def test_photos_fill_rows_of_one_height_and_stand_whole(browser: Browser, chat: WebChat, width: int) -> None:
    page = await visit(browser, chat, width=width)
    await ask(page, "/find sort:new count:8")
    await expect(page.locator(".gallery li")).to_have_count(8)
    await until(page, "[...document.querySelectorAll('.photo img')].slice(0, 2).every(one => one.complete)")
    told = "[...document.querySelectorAll('.gallery, .photo')].map(one => one.getBoundingClientRect().toJSON())"
    gallery, *boxes = await page.evaluate(told)  # all at once: the page may still be scrolling
    rows: dict[float, list[dict[str, float]]] = {}
    for box in boxes:
        rows.setdefault(round(box["y"]), []).append(box)
    for row in rows.values():
        assert max(box["height"] for box in row) - min(box["height"] for box in row) < 1
        assert abs(row[-1]["x"] + row[-1]["width"] - gallery["x"] - gallery["width"]) < 2
    assert all(min(abs(box["width"] / box["height"] - ratio) for ratio in (1.5, 2 / 3)) < 0.02 for box in boxes)


async def test_a_form_that_is_refused_keeps_what_was_written(browser: Browser, chat: WebChat, tmp_path: Path) -> None:
    page = await visit(browser, chat)
    await ask(page, "/add")
    (tmp_path / "notes.jpg").write_text("words")
    await page.set_input_files("dialog input[type=file]", tmp_path / "notes.jpg")
    await page.get_by_label("Photographer").fill("Ann Lee")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("dialog [role=alert]")).to_contain_text("not a picture")
    await expect(page.get_by_label("Photographer")).to_have_value("Ann Lee")
    await page.set_input_files("dialog input[type=file]", draw_photo(tmp_path / "mine.jpg", "#c010c0", seed=71))
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#log .caption").last).to_contain_text("Photo by Ann Lee")


async def test_pictures_may_be_used_again_long_after_they_were_sent(
    browser: Browser, chat: WebChat, tmp_path: Path
) -> None:
    page = await visit(browser, chat)
    await page.set_input_files("#attach", draw_photo(tmp_path / "mine.jpg", "#1020d0", seed=70))
    await expect(page.locator(".thumb img")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.locator(".gallery")).to_be_visible()
    chat._attachments._kept.clear()
    await page.get_by_role("button", name="Find similar photos").click()
    await expect(page.locator(".gallery")).to_have_count(2)


async def test_a_menu_finds_photos_like_one(browser: Browser, chat: WebChat) -> None:
    page = await visit(browser, chat)
    await ask(page, "/find blue count:3")
    await page.get_by_label("More like…").select_option("1")
    await expect(page.locator(".entry .text").last).to_contain_text("Like blue")


async def test_a_dropped_picture_finds_those_like_it(browser: Browser, chat: WebChat, tmp_path: Path) -> None:
    page = await visit(browser, chat)
    await page.set_input_files("#attach", draw_photo(tmp_path / "mine.jpg", "#1020d0", seed=70))
    await expect(page.locator(".thumb img")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.locator(".entry .text").last).to_have_text(re.compile("Like your picture"))


async def test_a_form_adds_a_photo(browser: Browser, chat: WebChat, tmp_path: Path) -> None:
    page = await visit(browser, chat)
    await ask(page, "/add")
    await page.set_input_files("dialog input[type=file]", draw_photo(tmp_path / "mine.jpg", "#c010c0", seed=71))
    await page.get_by_label("Photographer").fill("Ann Lee")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".caption").last).to_contain_text("Photo by Ann Lee")


async def test_commands_are_completed_by_keyboard(browser: Browser, chat: WebChat) -> None:
    page = await visit(browser, chat)
    await page.locator("#text").press_sequentially("/si")
    await expect(page.locator("#choices li")).to_have_count(1)
    await page.keyboard.press("Tab")
    await expect(page.locator("#text")).to_have_value("/similar ")
    await page.fill("#text", "")
    await page.locator("#text").press_sequentially("/he")
    await expect(page.locator("#choices li")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.locator("#text")).to_have_value("/help ")
    await page.fill("#text", "")
    await ask(page, "green")
    await expect(page.locator(".gallery")).to_be_visible()
    await page.locator("#text").press("ArrowUp")
    await expect(page.locator("#text")).to_have_value("green")


async def test_a_link_leads_to_a_photo(browser: Browser, chat: WebChat) -> None:
    page = await visit(browser, chat)
    await page.goto(f"http://127.0.0.1:{chat.port}/#photo=red-barn")
    await expect(page.locator(".details")).to_contain_text("red-barn")


async def test_a_link_leads_to_a_result(browser: Browser, chat: WebChat) -> None:
    page = await visit(browser, chat)
    await ask(page, "/find blue count:2")
    await page.get_by_role("link", name="Link to this result").click()
    await expect(page.locator(".entry .gallery")).to_have_count(2)


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")])
async def test_axe_finds_nothing_to_complain_about(browser: Browser, chat: WebChat, width: int, scheme: str) -> None:
    page = await visit(browser, chat, width=width, scheme=scheme)
    welcome = await Axe().run(page)
    await ask(page, "/find red count:3")
    await expect(page.locator(".gallery li")).to_have_count(3)
    await ask(page, "/nonsense")
    await expect(page.locator(".failed")).to_be_visible()
    await ask(page, "/photo red-barn")
    await expect(page.locator(".details")).to_be_visible()
    answers = await Axe().run(page)
    await page.locator(".photo").first.click()
    await expect(page.locator("dialog .details")).to_be_visible()
    large = await Axe().run(page)
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Mix with words").first.click()
    await expect(page.locator("dialog")).to_be_visible()
    form = await Axe().run(page)
    for result in (welcome, answers, large, form):
        assert result.violations_count == 0, result.generate_report()


@pytest.mark.parametrize("width", [390, 1280])
async def test_nothing_is_wider_than_the_screen(browser: Browser, chat: WebChat, width: int) -> None:
    page = await visit(browser, chat, width=width)
    for text in ("/find red", "/photo red-barn", "/help", "x" * 300):
        await ask(page, text)
        await page.wait_for_timeout(150)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_what_is_typed_before_the_page_is_ready_is_kept(browser: Browser, chat: WebChat) -> None:
    page, ready = await (await browser.new_context()).new_page(), asyncio.Event()

    async def later(route: Route) -> None:
        await ready.wait()
        await route.continue_()

    await page.route("**/static/chat.js", later)
    await page.goto(await chat.login_link(), wait_until="commit")
    await page.fill("#text", "/find red count:2")
    await page.keyboard.press("Enter")
    ready.set()
    await expect(page.locator("#send")).to_be_enabled()
    await expect(page.locator("#text")).to_have_value("/find red count:2")
    await page.locator("#text").press("Enter")
    await expect(page.locator(".gallery li")).to_have_count(2)


async def test_a_link_that_logs_in_leaves_no_token_in_the_history(browser: Browser, chat: WebChat) -> None:
    page = await (await browser.new_context()).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    link = await chat.login_link()
    address, _, token = link.partition("#")
    await page.goto(address)
    await page.goto(link)  # the same page, with a fragment now
    await expect(page.locator("#examples button").first).to_be_visible()
    assert not [url for url in asked if token in url.partition("#")[0]]
    await page.go_back()
    await expect(page.get_by_text("Each works once")).to_be_visible()
    assert page.url == address
    other = await (await browser.new_context()).new_page()
    await other.goto(link)
    await expect(other.get_by_text("Each works once")).to_be_visible()


async def test_a_link_to_a_board_is_no_token(browser: Browser, chat: WebChat) -> None:
    page = await (await browser.new_context()).new_page()
    await page.goto(f"http://127.0.0.1:{chat.port}/#board=x")
    await expect(page.get_by_text("Each works once")).to_be_visible()
    await page.wait_for_timeout(200)
    assert page.url.endswith("/#board=x")


async def test_the_password_is_typed_and_who_logs_out_leaves_nothing_behind(browser: Browser, desk: Desk) -> None:
    options = WebOptions(port=0, password="four words about nothing")  # noqa: S106
    async with WebChat(desk, desk.state.database, options) as chat:
        context = await browser.new_context()
        page, beside = await context.new_page(), await context.new_page()
        await page.goto(f"http://127.0.0.1:{chat.port}/")
        await page.get_by_label("Password").fill("four words about nothing")
        await page.get_by_role("button", name="Come in").click()
        await ask(page, "/find red count:2")
        await expect(page.locator(".gallery li")).to_have_count(2)
        await beside.goto(f"http://127.0.0.1:{chat.port}/")
        await page.get_by_role("button", name="Log out").click()
        for one in (page, beside):
            await expect(one.get_by_label("Password")).to_be_visible()
            await expect(one.locator(".gallery")).to_have_count(0)
        await page.go_back()
        await expect(page.locator(".gallery")).to_have_count(0)
