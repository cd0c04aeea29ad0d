"""The list of system events while things move: what a poll keeps, what the title tells, and how one steps in."""

import re

import psycopg
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.browser.events import act_for, forget_events, put_event, put_job
from tests.config.supervised import Supervised

SUITE = "1000000002"
SCROLLED = "[scrollY, document.getElementById('detail').scrollTop]"


def change(database: psycopg.Connection, event: int, **values: object) -> None:
    act_for(database, SUITE)
    for name, value in values.items():
        database.execute(f"UPDATE notifications_systemevent SET {name} = %s WHERE id = %s", [value, event])


def end(database: psycopg.Connection, event: int) -> None:
    act_for(database, SUITE)
    database.execute(
        "UPDATE notifications_systemevent SET status = 'succeeded', finished_at = now() WHERE id = %s", [event]
    )


def test_a_poll_keeps_the_menu_the_focus_and_both_scroll_positions(console: Supervised, visit: Visit) -> None:
    with console.database() as database:
        forget_events(database, SUITE)
        event = put_event(database, SUITE, "running")
        for number in range(12):
            put_event(database, SUITE, "succeeded", key=f"Past{number}")
        page = visit("admin2", viewport={"width": 1280, "height": 500})
        page.goto(f"/notifications/{event}/")
        page.locator("#new").click()
        page.evaluate("window.scrollTo({top: 90, behavior: 'instant'})")
        page.evaluate("document.getElementById('detail').scrollTop = 40")
        before = page.evaluate(SCROLLED)

        change(database, event, percent=77, done=77)
        expect(page.locator("#events")).to_contain_text("77 %")
        expect(page.locator("#described")).to_contain_text("77 of 100 rows")

    assert page.evaluate(SCROLLED) == before
    assert all(before)
    expect(page.get_by_role("button", name="Regenerate counters")).to_be_visible()
    expect(page.locator("#new")).to_be_focused()
    expect(page.locator(f"#event-{event}")).to_have_attribute("aria-current", "true")


def test_the_title_follows_it_and_the_polls_end_with_it(console: Supervised, visit: Visit) -> None:
    name = "Import of companies and their contacts"
    with console.database() as database:
        forget_events(database, SUITE)
        event = put_event(database, SUITE, "running")
        page = visit("admin2")
        page.goto("/licences/notifications/")
        expect(page).to_have_title(f"42 % · {name} · Licences console")

        change(database, event, percent=77, done=77)
        expect(page).to_have_title(f"77 % · {name} · Licences console")
        end(database, event)
        expect(page).to_have_title("System notifications · Licences console")
        expect(page.locator("#panel [hx-trigger^=every]")).to_have_count(0)

        put_event(database, SUITE, "running", key="Another")
        # An answer is shared for a second: one who looks again sooner than that sees it again.
        page.evaluate("setInterval(() => window.dispatchEvent(new Event('focus')), 400)")
        expect(page.locator("#events")).to_contain_text("Running")
        expect(page.locator("#events [hx-trigger^=every]")).to_have_count(1)


def open_event(page: Page, event: int) -> None:
    page.goto(f"/notifications/{event}/?show=all")


def test_a_job_is_asked_to_stop_at_once(console: Supervised, visit: Visit) -> None:
    with console.database() as database:
        forget_events(database, SUITE)
        event = put_job(database, SUITE, "running")
    page = visit("admin2")
    open_event(page, event)

    page.get_by_role("button", name="Cancel", exact=True).click()

    expect(page.locator("#messages")).to_contain_text("It stops before its next step.")
    expect(page.locator("#described")).to_contain_text("Stopping")
    expect(page.locator("#described")).to_contain_text("Asked to cancel.")
    expect(page).to_have_url(re.compile(rf"/notifications/{event}/\?show=all$"))
    expect(page.locator("#cancel")).to_have_count(0)


def test_a_warning_is_read_first_and_its_default_button_does_nothing(console: Supervised, visit: Visit) -> None:
    with console.database() as database:
        forget_events(database, SUITE)
        event = put_event(database, SUITE, "running", key="PrototypeRebuild")
    page = visit("admin2", java_script_enabled=False)
    open_event(page, event)

    page.get_by_role("link", name="Cancel…").click()
    expect(page.locator("main")).to_contain_text("Travel stays unusable until a prototype is built again")
    expect(page.locator("#keep")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#described")).to_contain_text("Running")

    page.get_by_role("link", name="Cancel…").click()
    page.get_by_role("button", name="Cancel it anyway").click()
    expect(page.locator("#messages")).to_contain_text("It was cancelled.")
    expect(page.locator("#described")).to_contain_text("Cancelled in the console.")


def test_what_cannot_be_cancelled_says_why_instead(console: Supervised, visit: Visit) -> None:
    with console.database() as database:
        forget_events(database, SUITE)
        event = put_event(database, SUITE, "running", key="UDefRebuild")
    page = visit("admin2")
    open_event(page, event)

    expect(page.locator("#described")).to_contain_text("Cannot be cancelled. Stopping halfway")
    expect(page.locator("#cancel")).to_have_count(0)


def test_what_failed_is_tried_again_and_runs_to_its_end(console: Supervised, visit: Visit) -> None:
    with console.database() as database:
        forget_events(database, SUITE)
        event = put_job(database, SUITE, "failed")
    page = visit("admin2")
    open_event(page, event)

    page.get_by_role("button", name="Try again").click()

    expect(page).not_to_have_url(re.compile(rf"/notifications/{event}/"))
    expect(page.locator("#described")).to_contain_text("Succeeded", timeout=60_000)
    expect(page.locator("#described")).to_contain_text("Queued")


def test_the_menu_the_log_and_the_warning_are_accessible_too(console: Supervised, visit: Visit) -> None:
    page = visit("admin2")
    with console.database() as database:
        forget_events(database, SUITE)
        page.goto("/licences/notifications/")
        page.locator("#new").click()
        assert violations(page) == []
        job = put_job(database, SUITE, "running")
        travel = put_event(database, SUITE, "running", key="PrototypeRebuild")

    open_event(page, job)
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.locator("#described")).to_contain_text("Asked to cancel.")
    assert violations(page) == []

    page.goto(f"/notifications/{travel}/cancel/")
    assert violations(page) == []
