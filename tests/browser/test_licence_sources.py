"""Licences come from a file and from the vendor's server, in a real browser; what is not taken is told why."""

import re

from playwright.sync_api import Page, expect

from licences.models import Tenant
from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.licences.licence_files import LicenceServer, answer, licence, vendor_file

TENANT = Tenant(company_name="Nordlys Marked AS", serial_number="1000000003")


def load(page: Page, content: bytes) -> None:
    page.goto("/licences/load/")
    page.locator("input[type=file]").set_input_files(
        {"name": "set.licence", "mimeType": "application/octet-stream", "buffer": content}
    )
    page.get_by_role("button", name=re.compile("Load")).click()


def fetch(page: Page) -> None:
    page.goto("/licences/superoffice/")
    page.get_by_role("button", name=re.compile("fetch")).click()


def test_a_file_that_is_refused_is_told_why(visit: Visit) -> None:
    page = visit("admin3")
    good = vendor_file(TENANT, licence("plus", 40), issue_number=2)
    elsewhere = vendor_file(Tenant(company_name="Hav AS", serial_number="2000000009"), licence("plus", 40))

    for content, reason in (
        (b"%PDF-1.7", "This is not a licence file, or it is damaged."),
        (good.replace(b".", b".AAAA", 1), "it has been altered or damaged."),
        (elsewhere, "This licence file is for another serial number: 2000000009."),
        (vendor_file(TENANT, licence("plus", 40), issue_number=1), "An old one is not taken again."),
    ):
        load(page, content)
        expect(page.get_by_text(reason)).to_be_visible()
    assert violations(page) == []


def test_what_the_server_says_is_read(visit: Visit, server: LicenceServer) -> None:
    page = visit("admin3")
    server.says = answer("custom_message", message="Your invoice <b>4711</b> is not paid.")
    fetch(page)
    expect(page.get_by_text("Your invoice <b>4711</b> is not paid.").first).to_be_visible()
    assert violations(page) == []

    server.says = lambda handler: handler.send_error(500)
    fetch(page)
    expect(page.get_by_text("The licence server gives no answer just now.").first).to_be_visible()

    server.says = answer()
    fetch(page)
    expect(page.get_by_text("Your licence is up to date.").first).to_be_visible()
