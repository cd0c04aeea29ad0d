"""Everything can be reached, seen and done with the keyboard alone."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit

FOCUS_RING = """() => [null, "::after"].some((part) => {
  const style = getComputedStyle(document.activeElement, part);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
})"""


def focused(page: Page) -> str:
    """What the focus is on: its id, or what is written on it."""
    return str(page.evaluate("document.activeElement.id || document.activeElement.innerText.trim()"))


def press_until(page: Page, wanted: str, key: str = "Tab", *, most: int = 60) -> None:
    """Go on until the focus is on `wanted`; wherever it comes by, it can be seen."""
    for _ in range(most):
        page.keyboard.press(key)
        assert page.evaluate(FOCUS_RING), f"the focus on {focused(page)!r} cannot be seen"
        if focused(page) == wanted:
            return
    raise AssertionError(f"{wanted} was not reached; the focus is on {focused(page)!r}")


def test_one_logs_in_and_skips_to_the_content(visit: Visit) -> None:
    page = visit()
    page.goto("/login/")
    page.get_by_label("User ID").focus()
    page.keyboard.type("admin1")
    page.keyboard.press("Tab")
    page.keyboard.type("demo")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/licences/superoffice/$"))

    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    page.keyboard.press("Enter")

    press_until(page, "tab-superoffice", most=1)


def test_one_goes_from_tab_to_tab_and_stays_on_it(visit: Visit) -> None:
    page = visit("admin1")

    press_until(page, "tab-status")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/licences/status/$"))
    expect(page.locator("#tab-status")).to_be_focused()

    press_until(page, "tab-superoffice", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/licences/superoffice/$"))
    expect(page.locator("#tab-superoffice")).to_be_focused()


def test_one_searches_the_list_and_opens_a_licence(visit: Visit) -> None:
    page = visit("admin1")

    page.keyboard.press("/")
    assert focused(page) == "search"
    page.keyboard.type("sales premium")
    expect(page).to_have_url(re.compile("q=sales"))
    press_until(page, "licence-ten-sales")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/licences/superoffice/ten-sales/"))
    expect(page.locator("#licence-ten-sales")).to_be_focused()


def test_one_opens_the_menu_closes_it_and_logs_out(visit: Visit) -> None:
    page = visit("admin1")
    menu, way_out = page.locator("summary", has_text="Your menu"), page.get_by_role("button", name="Log out")
    menu.focus()

    page.keyboard.press("Enter")
    expect(way_out).to_be_visible()
    page.keyboard.press("Escape")
    expect(way_out).to_be_hidden()
    expect(menu).to_be_focused()

    page.keyboard.press("Enter")
    for _above in page.locator(".menu-panel a").all():
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(way_out).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/login/$"))


def test_typing_a_slash_into_a_field_is_typing(visit: Visit) -> None:
    page = visit("admin1")
    page.get_by_label("Search licences").focus()

    page.keyboard.type("a/b")

    expect(page.get_by_label("Search licences")).to_have_value("a/b")


def test_the_event_list_keeps_the_focus_while_it_refreshes(visit: Visit) -> None:
    page = visit("admin1")
    page.goto("/licences/notifications/")
    page.locator("#new").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Regenerate counters").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/notifications/\d+/$"))

    row = page.locator("#events tbody a").first
    row.focus()
    expect(page.locator("#events tbody tr").first).to_contain_text("Succeeded", timeout=60_000)

    expect(row).to_be_focused()
