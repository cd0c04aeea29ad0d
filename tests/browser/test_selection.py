"""After something was done on the list of events, the focus is on what is shown now, and nothing covers its row."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.events import forget_events, put_event, put_job
from tests.config.supervised import Supervised

SUITE = "1000000002"
UNCOVERED = """(row) => {
  const { left, top, bottom } = row.getBoundingClientRect();
  return [top + 4, bottom - 4].every((y) => row.contains(document.elementFromPoint(left + 8, y)));
}"""


def press(page: Page, button: str) -> None:
    page.locator(button).focus()
    page.keyboard.press("Enter")


def test_what_is_started_has_the_focus(console: Supervised, visit: Visit) -> None:
    with console.database() as database:
        forget_events(database, SUITE)
    page = visit("admin2")
    page.goto("/licences/notifications/")

    press(page, "#new")
    press(page, "#regenerate")

    expect(page).to_have_url(re.compile(r"/notifications/\d+/$"))
    expect(page.locator("#events .row-link[aria-current=true]")).to_be_focused()


@pytest.mark.parametrize(("status", "button"), [("running", "#cancel"), ("failed", "#retry")])
def test_what_is_cancelled_or_tried_again_has_the_focus(
    status: str, button: str, console: Supervised, visit: Visit
) -> None:
    with console.database() as database:
        forget_events(database, SUITE)
        event = put_job(database, SUITE, status)
    page = visit("admin2")
    page.goto(f"/notifications/{event}/?show=all")

    press(page, button)

    expect(page.locator(button)).to_have_count(0)
    expect(page.locator("#events .row-link[aria-current=true]")).to_be_focused()


def test_what_is_not_on_the_list_has_the_focus_in_its_description(console: Supervised, visit: Visit) -> None:
    with console.database() as database:
        forget_events(database, SUITE)
        event = put_job(database, SUITE, "running")
    page = visit("admin2")
    page.goto(f"/notifications/{event}/?show=failed")

    press(page, "#cancel")

    expect(page.locator("#described")).to_contain_text("Stopping")
    expect(page.locator("#detail")).to_be_focused()


def test_whoever_closes_the_description_is_back_on_its_row(console: Supervised, visit: Visit) -> None:
    with console.database() as database:
        forget_events(database, SUITE)
        event = put_event(database, SUITE, "failed")
    page = visit("admin2")
    page.goto(f"/notifications/{event}/")

    press(page, "#close")

    expect(page).to_have_url(re.compile("/licences/notifications/"))
    expect(page.locator(f"#event-{event}")).to_be_focused()


@pytest.mark.parametrize("opened", ["by a click", "by its address"])
def test_the_description_covers_no_row_of_its_own(opened: str, console: Supervised, visit: Visit) -> None:
    with console.database() as database:
        forget_events(database, SUITE)
        events = [put_event(database, SUITE, "succeeded", key=f"Past{number}") for number in range(14)]
    page = visit("admin2", viewport={"width": 1280, "height": 800})
    page.goto("/licences/notifications/")

    for event in (events[0], events[5], events[-1]):
        if opened == "by a click":
            page.locator(f"#event-{event}").click()
        else:
            page.goto(f"/notifications/{event}/")
        row = page.locator("#events tr", has=page.locator(f"#event-{event}[aria-current=true]"))
        expect(row).to_be_visible()
        page.wait_for_function(UNCOVERED, arg=row.element_handle())
