"""Notices in two browsers at once, and own jobs that end while one is somewhere else."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Visit, log_in
from tests.browser.events import act_for
from tests.browser.test_walkthrough import work
from tests.config.supervised import Supervised

SERIAL = "1000000003"
MINUTE = 60_000


@pytest.fixture(autouse=True)
def _no_notice_stays(console: Supervised) -> Iterator[None]:
    yield
    with console.database() as database:
        tenant = act_for(database, SERIAL)
        database.execute("DELETE FROM licences_loginhold WHERE tenant_id = %s", [tenant])
        database.execute(
            "UPDATE notifications_systemevent SET status = 'succeeded', finished_at = now()"
            " WHERE tenant_id = %s AND status = 'running' AND key IN ('NoLogin', 'MessageOfTheDay')",
            [tenant],
        )


def set_notice(page: Page, name: str, text: str) -> None:
    page.goto("/licences/notifications/")
    page.locator("#new").click()
    page.get_by_role("link", name="Add notice").click()
    page.get_by_role("radio", name=re.compile(name)).check()
    page.get_by_role("textbox", name="Text").fill(text)
    page.get_by_role("button", name="Set the notice").click()


def end_notice(page: Page) -> None:
    page.get_by_role("link", name="Change or end").click()
    expect(page.get_by_role("button", name="End the notice")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="End the notice").click()
    expect(page.locator("#messages")).to_contain_text("is ended.")


def on_page_for(page: Page, milliseconds: int) -> None:
    """Let so much time pass for the browser: what asks now and then asks."""
    page.clock.fast_forward(milliseconds)


def test_a_message_of_the_day_appears_to_who_is_in_and_stays_closed(visit: Visit) -> None:
    administrator, member = visit("admin3"), visit("member3")
    member.clock.install()
    member.goto("/licences/status/")

    set_notice(administrator, "Message of the day", "The canteen is <b>closed</b> today.")
    expect(administrator.locator("#now")).to_contain_text("The canteen is <b>closed</b> today.")
    expect(member.locator("#now")).not_to_contain_text("canteen")
    on_page_for(member, MINUTE)
    expect(member.locator("#now")).to_contain_text("The canteen is <b>closed</b> today.")
    expect(member.locator("#announcer")).to_contain_text("The canteen")
    assert violations(member) == []

    member.get_by_role("button", name="Close this notice").click()
    expect(member.locator("#now")).not_to_contain_text("canteen")
    expect(member).to_have_url(re.compile("/licences/status/$"))
    member.goto("/account/")
    expect(member.locator("#now")).not_to_contain_text("canteen")

    end_notice(administrator)
    expect(administrator.locator("#now")).not_to_contain_text("canteen")


def test_no_login_keeps_a_member_out_and_lets_an_administrator_in(visit: Visit) -> None:
    administrator, member, other = visit("admin3"), visit("member3"), visit()
    member.clock.install()
    member.goto("/licences/status/")

    set_notice(administrator, "No login", "We move to new servers.")
    expect(administrator.locator("#sure")).to_contain_text("kept out until the notice is ended")
    assert violations(administrator) == []
    administrator.get_by_label("Keep them out").check()
    administrator.get_by_role("button", name="Set the notice").click()
    expect(administrator.locator("#now")).to_contain_text("No login")

    on_page_for(member, MINUTE)
    expect(member).to_have_url(re.compile("/login/"))
    expect(member.locator("#messages")).to_contain_text("Logging in is closed for now.")
    member.get_by_label("User ID").fill("member3")
    member.get_by_label("Password").fill("demo")
    member.get_by_role("button", name="Log in", exact=True).click()
    expect(member.locator("#messages")).to_contain_text("We move to new servers.")
    log_in(other, "admin3")
    expect(other.locator("#now")).to_contain_text("No login")

    end_notice(administrator)
    log_in(member, "member3")


def started(page: Page) -> str:
    """Start a regeneration; returns the id of its event."""
    page.goto("/licences/notifications/")
    page.locator("#new").click()
    page.get_by_role("button", name="Regenerate counters").click()
    expect(page).to_have_url(re.compile(r"/notifications/\d+/$"))
    event = page.url.rstrip("/").rsplit("/", 1)[-1]
    expect(page.locator(f"#now-poll[data-watch='{event}']")).to_have_count(1)
    return event


def wait_for_the_end(console: Supervised, event: str) -> None:
    deadline = time.monotonic() + 60
    with console.database() as database:
        act_for(database, "1000000001")
        while True:
            row = database.execute(
                "SELECT finished_at FROM notifications_systemevent WHERE id = %s", [event]
            ).fetchone()
            if row and row[0]:
                return
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_an_own_job_that_ends_elsewhere_pops_up_once_also_between_two_pages(console: Supervised, visit: Visit) -> None:
    page = visit("admin1")
    toasts = page.locator("#toasts .toast")

    with console.database() as database, work(database, "1000000001"):
        first = started(page)
        page.goto("/licences/users/")
        page.get_by_label("Search users").focus()
        expect(page.locator(f"#toast-{first}")).to_contain_text("Succeeded", timeout=60_000)
        page.locator(f"#toast-{first}").hover()  # under the pointer it stays
        expect(page.get_by_label("Search users")).to_be_focused()
        assert violations(page) == []

        page.locator(f"#toast-{first}").get_by_role("button", name="Dismiss").click()
        second = started(page)
        expect(toasts).to_have_count(0)
        page.goto("about:blank")
        wait_for_the_end(console, second)
    page.goto("/licences/status/")
    expect(page.locator(f"#toast-{second}")).to_contain_text("Succeeded")
    page.locator(f"#toast-{second}").get_by_role("link").click()
    expect(page).to_have_url(re.compile(f"/notifications/{second}/$"))
    expect(toasts).to_have_count(0)
    page.goto("/licences/status/")
    page.wait_for_load_state("networkidle")
    expect(toasts).to_have_count(0)
