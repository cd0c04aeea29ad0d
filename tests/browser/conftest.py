"""A real Chromium against the real thing: what `make run` starts, with its demo tenants, its worker and its beat."""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.config.supervised import Supervised, free_port, scratch_directory
from tests.licences.licence_files import VENDOR_KEY, LicenceServer, licence_server

PASSWORD = "demo"

REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def server() -> Iterator[LicenceServer]:
    """The licence server that the console asks; it has nothing new until a test says otherwise."""
    with licence_server() as server:
        yield server


@pytest.fixture(scope="session")
def console(server: LicenceServer) -> Iterator[Supervised]:
    """A running console on servers and data of its own: prepared as for development, run as in production.

    It takes the licence files of the vendor in tests/licences/licence_files.py.
    """
    with scratch_directory() as directory:
        with Supervised(directory) as newcomers:
            assert newcomers.is_up(), newcomers.output
            newcomers.process.terminate()
            newcomers.process.wait(timeout=30)
        port = free_port()
        values = {"DEBUG": "false", "SECRET_KEY": "k" * 50, "PORT": port, "BASE_URL": f"http://localhost:{port}"}
        values |= {"LICENCE_VENDOR_KEY": VENDOR_KEY, "LICENCE_SERVER_URL": server.url, "EMAIL_URL": "dummy://"}
        with Supervised(directory, **values) as console:
            assert console.is_up(), console.output
            yield console


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all, with nothing kept from one context to the next. While it is open Django takes this thread for an
    asynchronous one: tests with a database come first, unless somebody asks for another order."""
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(console: Supervised, browser: Browser) -> Iterator[Visit]:
    """A page of a new browser, logged in as the given demo user if there is one. In the end no browser complained."""
    visitor = Visitor(console, browser)
    yield visitor.open_page
    visitor.leave()
    assert visitor.complaints == []


class Visitor:
    """Opens pages, and notes what the browser complains of: errors, and what the content security policy stopped."""

    def __init__(self, console: Supervised, browser: Browser) -> None:
        self.complaints: list[str] = []
        self._address, self._browser = console.environ["BASE_URL"], browser
        self._contexts: list[BrowserContext] = []

    def open_page(self, login: str = "", **options: Any) -> Page:
        # As the proxy in front says it, so that nothing is redirected to https.
        proxied = {"X-Forwarded-Proto": "https"}
        context = self._browser.new_context(base_url=self._address, extra_http_headers=proxied, **options)
        self._contexts.append(context)
        context.set_default_timeout(20_000)
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self._note)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        page = context.new_page()
        if login:
            log_in(page, login)
        return page

    def leave(self) -> None:
        for context in self._contexts:
            context.close()

    def _note(self, message: ConsoleMessage) -> None:
        # A page that is not there is meant to answer 404 or 403, a form that will not do 422; the browser mentions it.
        is_meant = re.search("the server responded with a status of (40|422)", message.text)
        if message.type == "error" and not is_meant:
            self.complaints.append(f"{message.page and message.page.url}: {message.text}")


def log_in(page: Page, login: str) -> None:
    page.goto("/login/")
    page.get_by_label("User ID").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url(lambda url: "/login/" not in url)
