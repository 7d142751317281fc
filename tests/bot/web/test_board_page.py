"""A board's page in a real browser: carrying photos, keyboard, votes, notes, other windows, and what axe says of it."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from bot.desk import Desk
from bot.web import WebChat
from tests.bot.teams import request
from tests.bot.web.pages import BROWSER, ask, until, visit

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed here")
PHOTOS = "red-barn red-car blue-lake blue-door green-hill green-leaf"


@pytest.fixture
async def board(desk: Desk) -> str:
    """A board with six photos, of which the last two stand in a section, and one more section."""
    asked = request("web:main")
    made = await desk.command("board new", asked, {"name": "Autumn", "brief": "Red barns and blue lakes."})
    await desk.command("board add", asked, {"photos": PHOTOS})
    await desk.command("board section", asked, {"title": "Light"})
    await desk.command("board section", asked, {"title": "Mood", "wish": "calm"})
    await desk.command("board move", asked, {"numbers": "5 6", "section": "Light"})
    assert made.panel is not None
    return made.panel.board


async def open_board(browser: Browser, chat: WebChat, board: str, **how: object) -> Page:
    """Return the page of a board."""
    page = await visit(browser, chat, **how)  # type: ignore[arg-type]
    await page.evaluate(f"location.hash = 'board={board}'")
    await expect(page.locator(".pin")).to_have_count(6)
    await until(page, "[...document.querySelectorAll('.pin img')].every(one => one.complete)")
    return page


async def sections(desk: Desk, board: str) -> dict[str, list[int]]:
    """Return the numbers of the photos of each section, as they are kept."""
    async with desk.workspaces.use("web:main") as workspace:
        found = await workspace.own.boards.board(board)
    return {section.title: [pin.number for pin in pins] for section, pins in found.parts()}


def pin(page: Page, number: int) -> str:
    """Return how the photo with a number is found."""
    return f'.pin[data-number="{number}"] .photo'


async def shown(page: Page) -> list[list[str]]:
    """Return the numbers of the photos of each section, as they are shown."""
    told = (
        "[...document.querySelectorAll('.part')].map(p => [...p.querySelectorAll('.pin')].map(i => i.dataset.number))"
    )
    return await page.evaluate(told)  # type: ignore[no-any-return]


async def carry(page: Page, number: int, target: str, *, part: float = 0.5) -> None:
    """Carry a photo with the mouse to an element, and let it go."""
    start, end = await page.locator(pin(page, number)).bounding_box(), await page.locator(target).bounding_box()
    assert start is not None and end is not None
    await page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    await page.mouse.down()
    await page.mouse.move(end["x"] + end["width"] * part, end["y"] + end["height"] / 2, steps=6)
    await expect(page.locator(".ghost")).to_be_visible()
    await page.mouse.up()


async def test_a_photo_is_carried_to_another_section_and_another_window_sees_it(
    browser: Browser, chat: WebChat, desk: Desk, board: str
) -> None:
    page, other = await open_board(browser, chat, board, height=1500), await open_board(browser, chat, board)
    await carry(page, 1, pin(page, 6), part=0.2)
    assert await shown(page) == [["2", "3", "4"], ["5", "1", "6"], []]
    await expect(page.locator(".toast")).to_contain_text("Moved: 1")
    assert await sections(desk, board) == {"": [2, 3, 4], "Light": [5, 1, 6], "Mood": []}
    await expect(other.locator('[data-section]:nth-child(2) .pin[data-number="1"]')).to_be_visible()
    await carry(page, 1, ".part.empty .gallery")
    assert await shown(page) == [["2", "3", "4"], ["5", "6"], ["1"]]
    await expect(page.locator(".toast")).to_have_count(2)
    await page.get_by_role("button", name="Undo", exact=True).last.click()
    await until(page, "document.querySelectorAll('.part.empty:not(.top)').length == 1")
    assert (await sections(desk, board))["Light"] == [5, 1, 6]
    await expect(page.locator("dialog")).to_be_hidden()  # letting go is no press


async def test_a_photo_is_carried_by_keyboard(browser: Browser, chat: WebChat, desk: Desk, board: str) -> None:
    page = await open_board(browser, chat, board)
    await page.locator(pin(page, 4)).focus()
    await page.keyboard.press("ArrowLeft")
    await expect(page.locator(pin(page, 3))).to_be_focused()
    for key, place in ((" ", "lifted"), ("ArrowRight", "place 4 of 4"), ("ArrowRight", "place 1 of 3, Light")):
        await page.keyboard.press(key)
        await expect(page.locator("#spoken")).to_contain_text(place)
    await page.keyboard.press(" ")
    await expect(page.locator(pin(page, 3))).to_be_focused()
    await expect(page.locator("#spoken")).to_contain_text("put down")
    await until(page, "!document.querySelector('.lifted')")
    for key in (" ", "ArrowDown", "Escape"):
        await page.keyboard.press(key)
    assert await shown(page) == [["1", "2", "4"], ["3", "5", "6"], []]
    assert (await sections(desk, board))["Light"] == [3, 5, 6]
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog img").first).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(pin(page, 3))).to_be_focused()


async def test_votes_notes_and_photos_that_are_taken_off(
    browser: Browser, chat: WebChat, desk: Desk, board: str
) -> None:
    page, other = await open_board(browser, chat, board), await open_board(browser, chat, board)
    await page.locator(pin(page, 2)).focus()
    await page.keyboard.press("u")
    vote = '.pin[data-number="2"] .vote.up'
    await expect(other.locator(vote)).to_have_text("1")
    await expect(other.locator(vote)).to_have_attribute("aria-pressed", "false")
    await expect(page.locator(vote)).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("n")
    await page.keyboard.type("Half a no")
    await other.locator(vote).click()
    await expect(page.locator(vote)).to_have_text("1")  # nothing is drawn over what is being written
    await page.keyboard.type("te")
    await page.keyboard.press("Enter")
    await expect(other.locator(".note")).to_have_text("Half a note")
    await expect(page.locator(vote)).to_have_text("2")
    await expect(page.locator(pin(page, 2))).to_be_focused()
    await page.keyboard.press("Delete")
    await expect(other.locator(".pin")).to_have_count(5)
    await expect(page.locator(pin(page, 3))).to_be_focused()
    taken_off = page.locator(".toast", has_text="Taken off")  # others, of what was done before, may stand there still
    await taken_off.get_by_role("button", name="Undo", exact=True).click()
    await expect(page.locator(".note")).to_have_text("Half a note")


async def test_a_section_is_added_renamed_and_filled(browser: Browser, chat: WebChat, desk: Desk, board: str) -> None:
    page = await open_board(browser, chat, board)
    await page.get_by_role("button", name="Add a section").click()
    await page.get_by_label("Its title").fill("light")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Mood", exact=True).click()
    await page.keyboard.type("Quiet")
    await page.keyboard.press("Enter")
    await until(page, "document.querySelectorAll('h3')[1].textContent == 'Quiet'")
    await page.get_by_role("button", name="Find photos").last.click()
    await page.locator(".photo.add").first.click()
    await expect(page.locator(".photo.add.taken")).to_have_count(1)
    await expect(page.locator(".part .pin")).to_have_count(7)
    assert (await sections(desk, board))["Quiet"] == [7]
    await page.get_by_label("Find photos for this board…").first.fill("yellow")
    await page.keyboard.press("Enter")
    await page.locator(".photo.add:not(.taken)").first.click()
    await expect(page.locator(".part .pin")).to_have_count(8)


async def test_voting_one_by_one_and_deciding(browser: Browser, chat: WebChat, desk: Desk, board: str) -> None:
    page = await open_board(browser, chat, board)
    await page.get_by_role("button", name="Vote one by one").click()
    for number in range(1, 7):
        await expect(page.locator(".on-board .mark")).to_contain_text(f"Number {number} ")
        await expect(page.locator(".panel")).to_contain_text("hotographer unknown")
        await page.keyboard.press("u") if number % 2 else await page.locator(".on-board .vote.up").click()
    await expect(page.locator("dialog")).to_be_hidden()
    await page.get_by_role("button", name="Decide…").click()
    await page.get_by_label("Numbers").fill("99")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("dialog [role=alert]")).to_contain_text("99")
    await page.get_by_label("Numbers").fill("1 5")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".pin.picked")).to_have_count(2)
    await expect(page.locator(".decision")).to_contain_text("picked: 1, 5")
    async with page.expect_download() as saved:
        await page.get_by_label("Export as…").select_option("csv")
    assert (await saved.value).suggested_filename.endswith(".csv")


async def test_a_board_s_entry_leads_to_its_page_and_does_not_move_when_it_is_drawn_anew(
    browser: Browser, chat: WebChat, desk: Desk
) -> None:
    page = await visit(browser, chat)
    await ask(page, "/board new Autumn")
    await expect(page.locator(".drawn img")).to_be_visible()
    await until(page, "document.querySelector('.drawn img').complete")
    await ask(page, "/find red count:8")
    await expect(page.locator(".entry .gallery li")).to_have_count(8)
    await page.wait_for_timeout(400)
    place = "document.querySelector('.entry .gallery').getBoundingClientRect().top"
    before = await page.evaluate(place)
    await desk.command("board add", request("web:main"), {"photos": PHOTOS, "board": "Autumn"})
    await expect(page.locator(".credits li")).to_have_count(6)
    await until(page, "document.querySelector('.drawn img').complete")
    assert abs(await page.evaluate(place) - before) < 2
    await page.get_by_role("button", name="Open the board").click()
    await expect(page.locator(".pin")).to_have_count(6)
    await page.go_back()
    await expect(page.locator("#log")).to_be_visible()
    await expect(page.locator("#board")).to_be_hidden()


async def test_a_board_is_made_and_found_in_the_list(browser: Browser, chat: WebChat, board: str) -> None:
    page = await visit(browser, chat)
    await page.get_by_role("button", name="Boards").click()
    await expect(page.locator(".board-list li .preview img")).to_be_visible()
    await page.get_by_label("Name of a new board").fill("Winter")
    await page.keyboard.press("Enter")
    await expect(page.locator("h2", has_text="Winter")).to_be_visible()
    await page.get_by_role("button", name="Boards").click()
    await expect(page.locator(".board-list a")).to_have_count(2)
    await page.locator(".board-list a", has_text="Autumn").click()
    await expect(page.locator(".pin")).to_have_count(6)


async def test_a_link_leads_to_a_board_and_the_edge_of_the_page_leads_on(
    browser: Browser, chat: WebChat, board: str
) -> None:
    page = await visit(browser, chat, height=500)
    await page.goto(f"http://127.0.0.1:{chat.port}/#board={board}")
    await page.reload()
    await expect(page.locator("h2", has_text="Autumn")).to_be_focused()
    await expect(page).to_have_title(re.compile("^Autumn"))
    box = await page.locator(pin(page, 1)).bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 20, box["y"] + 20)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 30, 495, steps=4)
    await until(page, "document.getElementById('board').scrollTop > 150")
    await page.keyboard.press("Escape")
    await expect(page.locator(".ghost")).to_have_count(0)
    await page.mouse.up()
    assert (await shown(page))[0] == ["1", "2", "3", "4"]


async def test_a_file_that_is_not_kept_any_more_is_told_as_gone(
    browser: Browser, chat: WebChat, board: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await visit(browser, chat)
    await ask(page, "/board export csv")
    await expect(page.locator("a.button[href^='/files/']")).to_be_visible()
    monkeypatch.setattr(chat._files, "_kept_s", -1)
    await ask(page, "/board export md")
    await expect(page.locator(".button.gone")).to_contain_text("not kept any more")


async def test_a_finger_that_rests_carries_and_one_that_moves_scrolls(
    browser: Browser, chat: WebChat, desk: Desk, board: str
) -> None:
    page = await open_board(browser, chat, board, width=390, touch=True)
    session = await page.context.new_cdp_session(page)
    start, end = await page.locator(pin(page, 1)).bounding_box(), await page.locator(pin(page, 3)).bounding_box()
    assert start is not None and end is not None

    async def touch(kind: str, *points: tuple[float, float]) -> None:
        await session.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
        )

    x, y = start["x"] + 20, start["y"] + 20
    await touch("touchStart", (x, y))
    await expect(page.locator(".ghost")).to_be_visible()
    for step in range(1, 6):
        await touch("touchMove", (x + (end["x"] + 5 - x) * step / 5, y + (end["y"] + 20 - y) * step / 5))
    await touch("touchEnd")
    await expect(page.locator(".ghost")).to_have_count(0)
    await expect(page.locator(".toast")).to_contain_text("Moved: 1")
    assert (await sections(desk, board))[""] == [2, 1, 3, 4]


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
async def test_axe_finds_nothing_to_complain_about_on_a_board(
    browser: Browser, chat: WebChat, desk: Desk, board: str, width: int, scheme: str
) -> None:
    asked = request("web:main")
    await desk.command("board note", asked, {"number": 2, "text": "Calm"})
    await desk.command("board decide", asked, {"numbers": "2 5"})
    async with desk.workspaces.use("web:main") as workspace:
        await workspace.remove("red-barn")
    page = await open_board(browser, chat, board, width=width, scheme=scheme)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await page.locator(pin(page, 2)).focus()
    await expect(page.locator(pin(page, 1))).to_have_class(re.compile("gone"))
    plain = await Axe().run(page)
    await page.fill(".find input", "yellow")
    await page.keyboard.press("Enter")
    await expect(page.locator(".photo.add")).to_have_count(2)
    await page.locator(".more summary").click()
    finding = await Axe().run(page)
    await page.locator(pin(page, 2)).click()
    await expect(page.locator("dialog .details")).to_be_visible()
    large = await Axe().run(page)
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Boards").click()
    await expect(page.locator(".board-list > li")).to_have_count(1)
    listed = await Axe().run(page)
    for result in (plain, finding, large, listed):
        assert result.violations_count == 0, result.generate_report()
