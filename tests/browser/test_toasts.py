"""What pops up when an own job has ended leaves by itself, unless somebody is at it."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.events import forget_events, put_job
from tests.config.supervised import Supervised

SUITE = "1000000002"
WHILE_MS, AGAIN_MS = 8_500, 2_500


def popped_up(page: Page, event: int) -> Locator:
    """The toast of an own job that ended while the browser was between two pages."""
    page.clock.install()
    page.goto("/licences/status/")
    page.evaluate("(id) => sessionStorage.setItem('watched', id)", str(event))
    page.reload()
    toast = page.locator(f"#toast-{event}")
    expect(toast).to_be_visible()
    return toast


def ended_job(console: Supervised) -> int:
    with console.database() as database:
        forget_events(database, SUITE)
        return put_job(database, SUITE, "succeeded")


def test_a_toast_leaves_by_itself(console: Supervised, visit: Visit) -> None:
    page = visit("admin2")
    toast = popped_up(page, ended_job(console))

    page.clock.fast_forward(WHILE_MS // 2)
    expect(toast).to_be_visible()
    page.clock.fast_forward(WHILE_MS // 2)

    expect(toast).to_have_count(0)


def test_a_toast_stays_under_the_pointer_and_under_the_focus(console: Supervised, visit: Visit) -> None:
    page = visit("admin2")
    toast = popped_up(page, ended_job(console))

    toast.hover()
    page.clock.fast_forward(WHILE_MS)
    expect(toast).to_be_visible()
    toast.get_by_role("link").focus()
    page.mouse.move(1, 1)
    page.clock.fast_forward(AGAIN_MS)
    expect(toast).to_be_visible()
    page.get_by_role("link", name="Status", exact=True).focus()
    page.clock.fast_forward(AGAIN_MS)

    expect(toast).to_have_count(0)
