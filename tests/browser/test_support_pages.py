"""Support staff in a browser: the second factor, Django admin, and a visit of a tenant's screen, all accessible."""

import re
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import PASSWORD, Visit

TOTP_PERIOD = 30
LONG_ENOUGH = 6
"""So many seconds are left to type a code in."""
DJANGOS_OWN = "empty-table-header"
"""Django admin's own tables of related rows head a column with nothing; a habit that axe advises against, no rule."""


def code_of(secret: str) -> str:
    """What the app shows now, and for some seconds more."""
    if (left := TOTP_PERIOD - time.time() % TOTP_PERIOD) < LONG_ENOUGH:
        time.sleep(left)
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def set_up_second_factor(page: Page) -> None:
    """With an authenticator app, whose secret the page shows; then the app's code is asked for once more."""
    secret = page.locator("main code").inner_text()
    page.get_by_role("textbox", name="Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Turn on").click()
    page.wait_for_url("**/confirm/code/**")
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/codes/**")


def test_support_pages_are_accessible_from_login_to_a_visit(visit: Visit) -> None:
    page = visit("support")
    found: dict[str, list[str]] = {}

    def look(address: str) -> None:
        page.goto(address)
        found[address] = violations(page)

    look("/account/second-step/")
    page.goto("/account/second-step/app/on/")
    found[page.url] = violations(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/app/on/")
    found[page.url] = violations(page)
    set_up_second_factor(page)
    for address in (
        "/admin/",
        "/admin/licences/tenant/",
        "/admin/licences/user/",
        "/admin/licences/customerrequest/",
        "/admin/notifications/systemevent/",
        "/admin/notifications/outboxentry/",
        "/admin/notifications/outboxentry/mails/",
        "/admin/metering/tariff/",
        "/admin/metering/tariff/publish/",
        "/admin/metering/usagemonth/",
        "/admin/metering/usageevent/",
    ):
        look(address)
    page.locator("#result_list tbody a").first.click()
    page.wait_for_url("**/change/**")
    look(page.url)
    look(re.sub("change/.*$", "void/", page.url))
    page.goto("/admin/licences/tenant/?q=1000000002")
    page.locator("#result_list tbody a").first.click()
    page.wait_for_url("**/change/**")
    tenant = page.url
    look(tenant)
    look(re.sub("change/.*$", "issue/", tenant))
    look(re.sub("change/.*$", "visit/", tenant))
    page.get_by_label(re.compile("reason|why", re.IGNORECASE)).fill("The customer asked about their projects.")
    page.get_by_role("button", name=re.compile("Show the screen")).click()
    expect(page.get_by_text("Nothing can be changed here.")).to_be_visible()
    look("/licences/status/")

    ours = {address: [one for one in each if DJANGOS_OWN not in one] for address, each in found.items()}
    assert {address: each for address, each in ours.items() if each} == {}
