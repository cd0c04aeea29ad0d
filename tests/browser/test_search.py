"""Finding something from anywhere, with the keyboard, while typing."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit


def test_one_finds_a_user_from_any_page_with_the_keyboard(visit: Visit) -> None:
    page = visit("admin1")
    page.goto("/licences/history/")

    page.keyboard.press("Control+k")
    expect(page.locator("#search-all")).to_be_focused()
    page.keyboard.type("bjerk")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/search/\?q=bjerk$"))
    expect(page.locator("#search")).to_be_focused()
    expect(page.locator("#found mark").first).to_have_text("Bjerkli")
    page.keyboard.type("li gro")
    expect(page).to_have_url(re.compile(r"q=bjerkli(\+|%20)gro"))
    page.get_by_role("link", name="Gro Bjerkli").click()
    expect(page.get_by_role("heading", name="Gro Bjerkli")).to_be_visible()


def test_the_slash_goes_to_the_list_first_and_to_everything_where_there_is_none(visit: Visit) -> None:
    page = visit("admin1")
    page.goto("/licences/superoffice/")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()

    page.goto("/licences/status/")
    page.keyboard.press("/")
    expect(page.locator("#search-all")).to_be_focused()


def test_on_a_narrow_screen_there_is_a_link_to_it(visit: Visit) -> None:
    page = visit("member1", viewport={"width": 360, "height": 740})
    page.goto("/licences/status/")

    expect(page.locator("#search-all")).to_be_hidden()
    page.get_by_role("link", name="Search", exact=True).click()
    page.locator("#search").fill("sales")

    expect(page.locator("#found mark").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
