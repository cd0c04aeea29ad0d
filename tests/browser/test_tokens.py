"""An API token from its making to its end, with script and without."""

import re

from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Visit


def make_token(page: Page, source: str) -> str:
    """By the way that an administrator goes, to the page that shows the token."""
    page.get_by_role("link", name="API tokens").click()
    page.get_by_role("link", name="New token").click()
    page.get_by_label("Source").fill(source)
    page.get_by_label("licences:read").check()
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_role("heading", name="The new API token")).to_be_visible()
    return page.locator("#token").inner_text()


def status(page: Page, token: str) -> int:
    return page.request.get("/api/v1/licences", headers={"Authorization": f"Bearer {token}"}).status


def test_a_token_is_made_copied_used_and_revoked(visit: Visit) -> None:
    page = visit("admin2", permissions=["clipboard-read", "clipboard-write"])

    token = make_token(page, "https://crm.example")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == token
    expect(page.locator("#announcer")).to_have_text("Copied")
    assert violations(page) == []
    assert status(page, token) == 200

    page.get_by_role("link", name="Done").click()
    expect(page.get_by_role("row", name="https://crm.example")).to_contain_text("Works")
    expect(page.locator("main")).not_to_contain_text(token)
    assert violations(page) == []

    page.get_by_role("row", name="https://crm.example").get_by_role("link", name="Revoke").click()
    assert violations(page) == []
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator("#messages")).to_contain_text("The token of https://crm.example is revoked.")
    expect(page.get_by_role("row", name="https://crm.example")).to_contain_text("Revoked")
    assert status(page, token) == 401


def test_without_script_the_token_can_be_read_and_revoked_too(visit: Visit) -> None:
    page = visit("admin3", java_script_enabled=False)

    token = make_token(page, "https://chat.example")
    assert re.fullmatch("lic_[0-9a-f]{64}", token)
    expect(page.get_by_role("button", name="Copy")).to_be_hidden()
    assert status(page, token) == 200

    page.get_by_role("link", name="Done").click()
    page.get_by_role("row", name="https://chat.example").get_by_role("link", name="Revoke").click()
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator("#messages")).to_contain_text("is revoked.")
    assert status(page, token) == 401


def test_what_is_missing_is_said_beside_the_field(visit: Visit) -> None:
    page = visit("admin1")
    page.goto("/licences/tokens/new/")
    page.get_by_label("Source").fill("crm")

    page.get_by_role("button", name="Make the token").click()

    expect(page.locator("main")).to_contain_text("Choose at least one.")
    assert page.get_by_label("Source").input_value() == "crm"
    assert violations(page) == []
