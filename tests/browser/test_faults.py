"""When the server cannot be reached or the session is over, the page says so or leads to the login."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Visitor
from tests.config.supervised import Supervised


@pytest.fixture
def page(console: Supervised, browser: Browser) -> Iterator[Page]:
    """Of an administrator. The browser may complain here: what goes wrong is meant to."""
    visitor = Visitor(console, browser)
    yield visitor.open_page("admin1")
    visitor.leave()


def test_without_a_connection_it_says_so_until_it_is_back(page: Page) -> None:
    notice = page.get_by_text("The server cannot be reached.")
    page.context.set_offline(True)
    page.get_by_role("link", name="Status", exact=True).click()
    expect(notice).to_be_visible()

    page.context.set_offline(False)
    page.get_by_role("link", name="Status", exact=True).click()

    expect(page).to_have_url(re.compile("/licences/status/$"))
    expect(notice).to_have_count(0)


def test_an_expired_session_leads_the_whole_browser_to_the_login(page: Page) -> None:
    page.context.clear_cookies(name=re.compile("session"))

    page.get_by_role("link", name="Status", exact=True).click()

    expect(page).to_have_url(re.compile("/login/$"))
    expect(page.locator("#panel")).to_have_count(0)
