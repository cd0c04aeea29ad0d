"""More of a limit, from the yellow indicator to the black one: asked for by an administrator, given by support."""

import re
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import PASSWORD, Visit
from tests.browser.events import act_for
from tests.browser.test_support_pages import DJANGOS_OWN, set_up_second_factor
from tests.config.supervised import Supervised

SUITE = "1000000002"
"""On Core, with 97 of 100 active projects."""
WHY = "We start forty projects in December."
MAIL_SECONDS = 60


def forget_second_factor(database: psycopg.Connection) -> None:
    """As if support had set none up yet."""
    database.execute("SET ROLE licences_support")
    database.execute(
        "DELETE FROM mfa_authenticator WHERE user_id IN (SELECT id FROM licences_user WHERE login_id = 'support')"
    )


@pytest.fixture
def database(console: Supervised) -> Iterator[psycopg.Connection]:
    """Afterwards the limit is the plan's again, and the next who comes as support sets up a second factor."""
    with console.database() as connection:
        forget_second_factor(connection)
        yield connection
        forget_second_factor(connection)
        tenant = act_for(connection, SUITE)
        connection.execute("UPDATE licences_limitoverride SET ends_at = greatest(now(), starts_at)")
        connection.execute(
            'UPDATE licences_restriction SET "limit" = 100, limit_until = NULL, near_since = now() WHERE type_id ='
            " (SELECT id FROM licences_restrictiontype WHERE code = 'active-projects') AND tenant_id = %s",
            [tenant],
        )


def enter_as_support(visit: Visit) -> Page:
    page = visit("support")
    page.goto("/account/second-step/app/on/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/app/on/")
    set_up_second_factor(page)
    return page


def ours(page: Page) -> list[str]:
    return [each for each in violations(page) if DJANGOS_OWN not in each]


def test_an_upgrade_is_asked_for_approved_and_in_force(visit: Visit, database: psycopg.Connection) -> None:
    page = visit("admin2")
    page.goto("/licences/status/")
    limit = page.locator(".pill", has_text="active projects")
    expect(limit).to_have_attribute("data-state", "yellow")
    page.get_by_role("link", name=re.compile("Upgrade.*Active projects")).click()
    page.wait_for_url("**/licences/upgrade/**")
    page.get_by_label("New limit").fill("150")
    page.get_by_label("Why do you need it?").fill(WHY)
    page.get_by_role("button", name="Send the request").click()
    page.wait_for_url(re.compile(r"/licences/upgrade/\d+/"))
    requests_page = page.url
    expect(page.get_by_text("We have your request and confirm it by e-mail")).to_be_visible()

    desk = enter_as_support(visit)
    desk.goto("/admin/licences/customerrequest/")
    found = {"queue": ours(desk)}
    desk.locator("#result_list").get_by_role("link", name=re.compile("Active projects|150")).first.click()
    expect(desk.get_by_text(WHY).first).to_be_visible()
    found["page"] = ours(desk)
    number = desk.locator("h1").inner_text().split()[0]
    desk.get_by_role("button", name="Take").click()
    expect(desk.get_by_text("Taken by support")).to_be_visible()
    desk.get_by_role("link", name="Approve").click()
    expect(desk.locator("#preview").get_by_text("97 of 150 active projects")).to_be_visible()
    found["approval"] = ours(desk)
    desk.get_by_label("Answer to the customer").fill("With pleasure.")
    desk.get_by_role("button", name="Approve, and give this").click()
    expect(desk.get_by_text(f"{number}: Approved and fulfilled.")).to_be_visible()

    page.goto("/licences/status/")
    expect(limit).to_have_attribute("data-state", "black")
    expect(limit).to_contain_text("97 of 150")
    page.goto(requests_page)
    expect(page.get_by_text("With pleasure.")).to_be_visible()
    expect(page.get_by_text("Done", exact=True).first).to_be_visible()
    told = desk.get_by_role("link", name=re.compile(rf"{number} is done"))
    for _ in range(MAIL_SECONDS):
        desk.goto(f"/admin/notifications/outboxentry/?q={number}")
        if told.count():
            break
        desk.wait_for_timeout(1_000)
    expect(told).to_have_count(1)
    assert {name: each for name, each in found.items() if each} == {}
