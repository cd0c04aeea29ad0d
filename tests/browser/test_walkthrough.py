"""The way of an administrator through the console, in a browser, on the demo's data, with a real worker."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Visit
from tests.browser.events import act_for, forget_events, put_event, wait_until_idle
from tests.config.supervised import Supervised
from tests.proof import PROOF

HIDDEN = 6000 if PROOF else 2500
"""Licences that no list shows, with wrong counters, so that recounting takes long enough to be watched."""

LOOKS = 4 if PROOF else 2
"""How often the list looks for news in vain before what each look cost is read."""


def tab(page: Page, name: str) -> None:
    """Open a tab of the Licences screen and wait until it is marked."""
    link = page.get_by_role("navigation", name="Licences").get_by_role("link", name=name, exact=True)
    link.click()
    expect(link).to_have_attribute("aria-current", "page")


@contextmanager
def work(database: psycopg.Connection, serial_number: str) -> Iterator[None]:
    """The tenant has thousands of hidden licences to recount, and nothing else recounts them; afterwards they are gone,
    however the test ends."""
    wait_until_idle(database, serial_number)
    database.execute("RESET ROLE")
    database.execute(
        "INSERT INTO licences_licencetype (owner_id, code, name, kind, role, tooltip, enables, sort_order, hidden,"
        " unrestricted) SELECT owner.id, 'inner-' || n, 'Inner ' || n, 'user', 'feature', '', '', 100000 + n, true,"
        " false FROM licences_licenceowner owner, generate_series(1, %s) n WHERE owner.is_vendor",
        [HIDDEN],
    )
    database.execute(
        "INSERT INTO licences_licence (tenant_id, licence_set_id, type_id, name, total, in_use, unrestricted)"
        " SELECT licence_set.tenant_id, licence_set.id, type.id, type.name, 1, 1, false"
        " FROM licences_licenceset licence_set JOIN licences_licencetype type ON type.owner_id = licence_set.owner_id"
        " WHERE licence_set.tenant_id = %s AND type.code LIKE 'inner-%%'",
        [act_for(database, serial_number)],
    )
    try:
        yield
    finally:
        database.execute(
            "DELETE FROM licences_licence USING licences_licencetype type WHERE type.id = type_id"
            " AND code LIKE 'inner-%'"
        )
        database.execute("RESET ROLE")
        database.execute("DELETE FROM licences_licencetype WHERE code LIKE 'inner-%'")


def watch(page: Page, seconds: float = 60) -> list[int]:
    """The percentages that the job's row shows, one after the other, until it has succeeded."""
    row, seen, deadline = page.locator("#events tbody tr").first, [], time.monotonic() + seconds
    while "Succeeded" not in (said := row.inner_text()):
        assert time.monotonic() < deadline, said
        if percent := re.search(r"(\d+) %", said):
            seen.append(int(percent[1]))
        page.wait_for_timeout(100)
    return seen


def come_in(page: Page) -> None:
    page.goto("/")
    expect(page).to_have_url(re.compile("/login/"))
    page.get_by_label("User ID").fill("admin1")
    page.get_by_label("Password").fill("demo")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/licences/superoffice/$"))
    expect(page.locator("#panel")).to_contain_text("1000000001")


def look_through_the_tabs(page: Page) -> None:
    tab(page, "Status")
    expect(page).to_have_url(re.compile("/licences/status/$"))
    expect(page).to_have_title(re.compile("^Status"))
    expect(page.locator("#panel")).to_contain_text("Next expiry date")
    tab(page, "System notifications")
    expect(page).to_have_url(re.compile("/licences/notifications/$"))
    expect(page.locator("#events")).to_contain_text("SAINT: counters and status monitors")
    tab(page, "SuperOffice")
    expect(page).to_have_url(re.compile("/licences/superoffice/$"))


def open_a_licence_and_go_back(page: Page) -> None:
    page.get_by_role("link", name="Sales Premium", exact=True).click()
    expect(page).to_have_url(re.compile("/licences/superoffice/ten-sales/$"))
    expect(page.locator("#detail")).to_contain_text("What it enables")
    expect(page.locator("#holders li")).not_to_have_count(0)
    page.go_back()
    expect(page).to_have_url(re.compile("/licences/superoffice/$"))
    expect(page.locator("#detail")).to_contain_text("Select a licence")
    expect(page.locator("#list")).to_contain_text("Sales Premium")


def regenerate_and_watch(page: Page, console: Supervised) -> None:
    tab(page, "System notifications")
    row = page.locator("#events tbody tr").first
    # The demo's own regeneration is over by then: it would find what is wrong before this one does.
    expect(row).to_contain_text("Succeeded", timeout=60_000)
    page.evaluate("window.neverReloaded = true")
    with console.database() as database, work(database, "1000000001"):
        page.locator("#new").click()
        page.get_by_role("button", name="Regenerate counters").click()
        expect(page).to_have_url(re.compile(r"/notifications/\d+/$"))
        seen = watch(page)
    assert seen == sorted(seen)
    assert any(0 < percent < 100 for percent in seen), seen
    expect(row).to_contain_text(f"Wrong and put right: {HIDDEN}.")
    expect(row).to_contain_text("admin1")
    expect(page.locator("#detail")).to_contain_text("1 stored, 0 counted")
    assert page.evaluate("window.neverReloaded")


def assert_nothing_is_asked_any_more(page: Page) -> None:
    # List and description each ask by themselves: the one that learns of the end last asks once more.
    expect(page.locator("#panel [hx-trigger^=every]")).to_have_count(0)
    expect(page.locator("#now-poll[data-watch='']")).to_have_count(1)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    page.wait_for_timeout(2_500)
    assert asked == []


def leave(page: Page) -> None:
    page.locator("summary", has_text="Your menu").click()
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(re.compile("/login/$"))
    page.go_back()
    expect(page).to_have_url(re.compile("/login/"))
    expect(page.get_by_text("1000000001")).to_have_count(0)


def test_from_login_over_tabs_and_a_licence_to_a_regeneration_and_out(console: Supervised, visit: Visit) -> None:
    page = visit()

    come_in(page)
    look_through_the_tabs(page)
    open_a_licence_and_go_back(page)
    regenerate_and_watch(page, console)
    assert_nothing_is_asked_any_more(page)
    leave(page)


def test_an_unchanged_list_costs_a_304_while_something_waits(console: Supervised, visit: Visit) -> None:
    with console.database() as database:
        forget_events(database, "1000000002")
        put_event(database, "1000000002", "queued")
    page = visit("admin2")
    page.goto("/licences/notifications/")
    answers: list[int] = []
    page.on("response", lambda answer: answers.append(answer.status) if "/notifications/" in answer.url else None)

    while len(answers) < 1 + LOOKS:
        page.wait_for_event("response")

    first, *others = answers
    assert first == 200
    assert others == [304] * len(others)
