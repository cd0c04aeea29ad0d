import os
import re
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from licences.models import User
from tests.factories import PASSWORD, scope_of

HOME = re.compile("/licences/superoffice/$")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's event loop makes Django believe that these tests are asynchronous.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A browser on a device that can keep passkeys, whose owner is always there to confirm."""
    context = browser.new_context(base_url=live_server.url)
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    always = {"isUserVerified": True, "automaticPresenceSimulation": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options | always})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def give_password(page: Page, user: User) -> None:
    page.goto("/login/")
    page.get_by_label("User ID").fill(user.login_id)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


def add_key(page: Page, name: str, *, as_passkey: bool) -> None:
    page.goto("/account/second-step/keys/new/")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Log in with it alone").set_checked(as_passkey)
    page.get_by_role("button", name="Add").click()
    page.wait_for_url(re.compile("/codes/|/confirm/"))


def log_out(page: Page) -> None:
    page.goto("/logout/")
    page.locator("main").get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login/")


def test_a_passkey_lets_in_without_a_password(page: Page, member: User) -> None:
    give_password(page, member)
    add_key(page, "My laptop", as_passkey=True)
    log_out(page)

    page.get_by_role("button", name="Log in with a passkey").click()

    page.wait_for_url(HOME)
    page.goto("/account/")
    expect(page.get_by_text("My laptop")).to_be_visible()


def test_a_key_is_the_second_step_after_the_password(page: Page, member: User) -> None:
    give_password(page, member)
    add_key(page, "My key", as_passkey=False)
    log_out(page)

    give_password(page, member)
    page.wait_for_url("**/login/second-step/")
    page.get_by_role("button", name="Use a passkey or security key").click()

    page.wait_for_url(HOME)
    assert Authenticator.objects.get(user=member, type=Authenticator.Type.WEBAUTHN).last_used_at is not None


def test_a_passkey_does_not_let_in_who_may_not_log_in(page: Page, member: User) -> None:
    give_password(page, member)
    add_key(page, "My laptop", as_passkey=True)
    log_out(page)
    with scope_of(member):
        User.objects.filter(pk=member.pk).update(can_log_in=False)

    page.get_by_role("button", name="Log in with a passkey").click()

    expect(page.get_by_text("Logging in is switched off for your user.")).to_be_visible()


def test_support_sets_up_a_passkey_and_works_in_django_admin(
    page: Page, support: User, member: User, settings: Settings
) -> None:
    settings.SUPPORT_MFA_OPTIONAL = False
    give_password(page, support)
    expect(page.get_by_text("Support staff log in with a second factor.")).to_be_visible()
    add_key(page, "Work key", as_passkey=True)
    page.get_by_role("button", name="Use a passkey or security key").click()
    page.wait_for_url(lambda address: "/confirm/" not in address)

    page.goto("/admin/")
    page.get_by_role("link", name="Users", exact=True).first.click()
    page.get_by_role("link", name=member.full_name).first.click()

    expect(page.get_by_text(member.login_id).first).to_be_visible()


def test_a_device_without_a_passkey_says_so_and_leaves_the_other_way_open(page: Page, member: User) -> None:
    page.goto("/login/")

    page.get_by_role("button", name="Log in with a passkey").click()

    expect(page.get_by_text("No passkey or security key answered.")).to_be_visible(timeout=20_000)
    give_password(page, member)
    page.wait_for_url(HOME)
