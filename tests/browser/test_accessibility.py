"""axe finds nothing to complain of: on any page, in light and dark, wide and narrow; and nothing sticks out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils.timezone import localdate
from playwright.sync_api import Browser, Page

from tests.browser.axe import violations
from tests.browser.conftest import Visit, Visitor
from tests.browser.events import forget_events, put_event
from tests.browser.licence_sets import ADMINISTRATOR, put_waiting_set
from tests.config.supervised import Supervised


@dataclass(frozen=True)
class Look:
    """A page as somebody sees it."""

    path: str
    login: str = ""
    says: str = ""


LOOKS = {
    "login": Look("/login/", says="Log in"),
    "password reset": Look("/login/forgotten/"),
    "password reset sent": Look("/login/forgotten/sent/"),
    "superoffice": Look("/licences/superoffice/", "admin1", "Sales Premium"),
    "superoffice for a member": Look("/licences/superoffice/", "member1", "Yours"),
    "superoffice on suite": Look("/licences/superoffice/", "admin2", "17"),
    "licence": Look("/licences/superoffice/ten-sales/", "admin1", "Holders"),
    "licence for a member": Look("/licences/superoffice/ten-sales/", "member1", "What it enables"),
    "licence on suite": Look("/licences/superoffice/core/", "admin2", "17 of 20"),
    "system licence": Look("/licences/superoffice/online-webservices/", "admin1", "What it enables"),
    "nobody of that name": Look("/licences/superoffice/ten-sales/?holder=nobody", "admin1", "Nobody of that name"),
    "no licence fits": Look("/licences/superoffice/?q=nothing", "admin1", "No licence fits"),
    "third party": Look("/licences/owners/tindekart/", "admin1"),
    "status": Look("/licences/status/", "admin1", "Metered services"),
    "status, close to a limit": Look("/licences/status/", "admin2", "97 of 100"),
    "status, at a limit": Look("/licences/status/", "admin3", "10 of 10"),
    "status for a member": Look("/licences/status/", "member2", "97 of 100"),
    "plans": Look("/licences/plans/", "admin2", "close, 97 % in use"),
    "plans for a member": Look("/licences/plans/", "member3", "full, no room for another"),
    "limit": Look("/licences/plans/active-projects/", "admin2", "Mark projects that have ended"),
    "limit that is reached": Look("/licences/plans/active-flows/", "admin3", "The limit was reached"),
    "limit for a member": Look("/licences/plans/active-projects/", "member2", "97 of 100"),
    "limit of a bigger plan": Look("/licences/plans/custom-objects/", "admin2", "not in your plan"),
    "events": Look("/licences/notifications/", "admin1", "SAINT"),
    "events in every state": Look("/licences/notifications/", "admin2", "Stalled"),
    "event": Look("/notifications/{event}/", "admin2", "Not a single row"),
    "no event fits": Look("/licences/notifications/?q=nowhere", "admin1", "No event fits"),
    "no event yet": Look("/licences/notifications/", "admin3", "Nothing has happened yet"),
    "imports": Look("/notifications/imports/", "admin1", "Nothing has been imported yet"),
    "new import": Look("/notifications/imports/new/", "admin1", "At most 200 MB"),
    "new notice": Look("/notifications/notices/new/", "admin1", "Only administrators can log in"),
    "notices": Look("/notifications/now/", "member1", "No notices now"),
    "metering": Look("/metering/", "admin1", "Metered services"),
    "metering of an earlier month": Look("/metering/?month=2026-01", "admin1", "Invoice"),
    "metered service": Look("/metering/mailing-emails/", "admin1", "How it is worked out"),
    "metered storage": Look("/metering/storage-used/", "admin1", "at the end of each day"),
    "events of a day": Look("/metering/storage-used/?day={yesterday}", "admin1", "the newest first"),
    "what was not counted": Look("/metering/not-counted/", "admin1", "Refused, and conflicts"),
    "way of an event": Look("/metering/events/?id=chat-sessions-of-a-test", "admin1", "Not counted: refused"),
    "event that never came": Look("/metering/events/?id=never", "admin1", "No event with this ID has come"),
    "metering on suite": Look("/metering/", "admin2", "Nothing is metered"),
    "invoices": Look("/metering/invoices/", "admin1", "Usage invoices"),
    "invoices on suite": Look("/metering/invoices/", "admin2", "Nothing is metered"),
    "forbidden": Look("/metering/", "member1", "This is for system administrators"),
    "not found": Look("/licences/superoffice/missing/", "admin1", "There is nothing here"),
    "history": Look("/licences/history/", "admin1", "Seat assigned"),
    "history of sets": Look("/licences/history/?action=set_activated", "admin2", "issue 1"),
    "no entry fits": Look("/licences/history/?user=nobody", "admin1", "No entry fits"),
    "features": Look("/licences/features/", "admin1", "Type a word for it"),
    "features that fit": Look("/licences/features/?q=quotes", "admin1", "Sales Quote Management"),
    "all features on suite": Look("/licences/features/?show=all", "admin2", "CRM Suite Core"),
    "no feature fits": Look("/licences/features/?q=teleport", "admin1", "No feature fits"),
    "feature": Look("/licences/features/quote-cal/", "admin1", "Who may use it"),
    "feature of a third party": Look("/licences/features/tindekart.route-planner/", "admin1", "Map editor"),
    "what if": Look("/licences/what-if/", "admin1", "With these numbers"),
    "what if on suite": Look("/licences/what-if/?set=pending", "admin3", "No licence waits now"),
    "users": Look("/licences/users/", "admin1", "Aksel Bjerkli"),
    "users on suite": Look("/licences/users/", "admin2", "Can log in"),
    "users with a feature": Look("/licences/users/?feature=web", "admin1", "Only who may use"),
    "nobody fits": Look("/licences/users/?q=nothing", "admin1", "Nobody fits"),
    "user licences": Look("/licences/users/licences/", "admin1", "Sales Premium (21)"),
    "user": Look("/licences/users/1/", "admin1", "Gro Bjerkli"),
    "user with features": Look("/licences/users/1/?granted=yes", "admin1", "It comes with the user's plan."),
    "users to change": Look("/licences/users/change/?do=reassign&all=1", "admin1", "none of 21 free"),
    "nobody to change": Look("/licences/users/change/", "admin1", "Nobody is ticked"),
    "nothing done yet": Look("/licences/users/changed/", "admin1", "Nothing was done yet"),
    "seat use": Look("/licences/users/seat-use/", "admin1", "would have done"),
    "seat use on suite": Look("/licences/users/seat-use/?days=60", "admin2", "Unused for 60 days"),
    "a set that waits": Look("/licences/activation/", ADMINISTRATOR, "3 too many in use"),
    "what was activated": Look("/licences/activation/", "admin1", "nothing to compare it with"),
    "superfluous": Look("/licences/activation/superoffice/ten-service/", ADMINISTRATOR, "12 open requests"),
    "longest unused": Look(
        "/licences/activation/superoffice/ten-service/?choose=unused", ADMINISTRATOR, "Show all holders"
    ),
    "tab of a set that waits": Look("/licences/superoffice/", ADMINISTRATOR, "Activate new licence"),
    "status of a set that waits": Look("/licences/status/", ADMINISTRATOR, "Activate new licence"),
    "load a file": Look("/licences/load/", "admin1", "at most 256 KiB"),
    "remove licences": Look("/licences/remove/tindekart/", "admin1", "Remove the licences of"),
    "no token yet": Look("/licences/tokens/", "admin1", "No tokens yet"),
    "new token": Look("/licences/tokens/new/", "admin1", "What it may do"),
    "the API": Look("/api/v1/docs", says="plan_lacks_it"),
    "requests": Look("/licences/requests/", "admin1", "Two more seats of Sales Premium"),
    "open requests on suite": Look("/licences/requests/?show=open", "admin2", "Growth instead of Core"),
    "request": Look("/licences/upgrade/1/", "admin1", "R-000001"),
    "upgrade": Look("/licences/upgrade/", "admin1", "How many more"),
    "upgrade on suite": Look("/licences/upgrade/?plan=growth", "admin2", "What goes with it"),
    "upgrade of what is far from its limit": Look("/licences/upgrade/?limit=dashboards", "admin2", "has no limit"),
    "support": Look("/licences/support/", "admin1", "If you send it now"),
    "support contacts": Look("/licences/requests/contacts/", "admin1", "Name those who know your system best"),
    "search": Look("/search/", "admin1", "What are you looking for?"),
    "search for everything": Look("/search/?q=sa", "admin1", "Sales Premium"),
    "search for users": Look("/search/?q=b&kind=user", "admin1", "Bjerkli"),
    "search for a member": Look("/search/?q=sa", "member1", "Sales Premium"),
    "nothing fits": Look("/search/?q=teleport", "admin1", "Nothing fits"),
    "account": Look("/account/", "admin1"),
    "account of a member": Look("/account/", "member1"),
    "password": Look("/account/password/", "admin1"),
    "second step": Look("/account/second-step/", "admin1"),
}


@pytest.fixture(scope="module")
def event(console: Supervised) -> int:
    """Tenant 2 has an event in every state, tenant 3 none; returns the one that failed."""
    with console.database() as database:
        forget_events(database, "1000000002")
        forget_events(database, "1000000003")
        for status in ("queued", "running", "succeeded", "cancelled"):
            put_event(database, "1000000002", status)
        put_event(database, "1000000002", "running", key="Stalled", silent_for="1 hour")
        return put_event(database, "1000000002", "failed")


@pytest.fixture(scope="module")
def visitor(console: Supervised, browser: Browser) -> Iterator[Visitor]:
    """Logs in once for all pages."""
    visitor = Visitor(console, browser)
    yield visitor
    visitor.leave()


@pytest.fixture(scope="module")
def waiting(console: Supervised) -> None:
    """A company of its own, whose new licence set waits."""
    put_waiting_set(console)


@pytest.fixture(scope="module")
def pages(waiting: None, visitor: Visitor) -> dict[str, Page]:
    """An open page per login."""
    return {login: visitor.open_page(login) for login in {look.login for look in LOOKS.values()}}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_axe_finds_nothing_and_nothing_sticks_out(
    look: Look, event: int, pages: dict[str, Page], visitor: Visitor
) -> None:
    page = pages[look.login]
    visitor.complaints.clear()

    page.goto(look.path.format(event=event, yesterday=localdate() - timedelta(days=1)))

    assert look.says in page.inner_text("body")
    assert violations(page) == []
    assert visitor.complaints == []


def test_a_refused_login_is_accessible_too(visit: Visit) -> None:
    page = visit()
    page.goto("/login/")
    page.get_by_label("User ID").fill("admin1")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in", exact=True).click()

    assert "The user ID or the password is wrong." in page.inner_text("main")
    assert violations(page) == []


def test_an_expired_form_is_accessible_too(visit: Visit) -> None:
    page = visit("admin1")
    page.goto("/account/password/")
    page.context.clear_cookies(name=re.compile("csrf"))
    page.locator("main form").evaluate("form => form.submit()")

    page.get_by_role("heading", name="The form has expired").wait_for()
    assert violations(page) == []


def test_an_open_menu_is_accessible_too(visit: Visit) -> None:
    page = visit("admin1")
    page.locator("summary", has_text="Your menu").click()

    assert violations(page) == []
