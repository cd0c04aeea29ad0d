"""The Users screen in a real browser: many at once, without a script, and by keyboard."""

import re

from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.browser.test_keyboard import focused, press_until


def test_an_administrator_assigns_a_licence_to_many_and_takes_it_again(visit: Visit) -> None:
    page = visit("admin1")
    page.get_by_role("link", name="Users", exact=True).click()
    bar = page.get_by_role("group", name="What to do with those who are ticked")
    expect(bar).to_be_hidden()

    page.get_by_label("Search users").fill("gro b")
    expect(page).to_have_url(re.compile("q=gro"))
    expect(page.locator("#list tbody tr")).to_have_count(2)
    page.get_by_label("Everybody on this page").check()
    expect(bar).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Assign", exact=True).click()

    expect(page.get_by_role("heading", name="2 users")).to_be_visible()
    page.get_by_label("Synchronizer access").check()
    page.get_by_label("Why").fill("They travel")
    page.get_by_role("button", name="Assign a licence").click()
    expect(page.locator("#messages")).to_contain_text("2 users got Synchronizer access.")
    expect(page).to_have_url(re.compile("q=gro"))

    page.get_by_label("Everybody on this page").check()
    page.get_by_role("button", name="Take back", exact=True).click()
    page.get_by_label("Synchronizer access").check()
    page.get_by_role("button", name="Take a licence back").click()
    expect(page.locator("#messages")).to_contain_text("2 users no longer hold Synchronizer access.")


def test_many_refusals_are_told_on_a_page_that_can_be_reloaded(visit: Visit) -> None:
    page = visit("admin1")
    page.goto("/licences/users/")
    page.get_by_label("Everybody on this page").check()
    page.get_by_role("button", name="Take back", exact=True).click()
    page.get_by_label("Route planner").check()
    page.get_by_role("button", name="Take a licence back").click()

    expect(page).to_have_url(re.compile("/licences/users/changed/$"))
    page.reload()
    expect(page.locator("main")).to_contain_text("5 of 50 users no longer hold Route planner.")
    expect(page.locator("main")).to_contain_text("Does not hold it (45)")
    assert violations(page) == []


def test_a_plan_is_given_and_taken_without_a_script(visit: Visit) -> None:
    page = visit("admin1", java_script_enabled=False)
    page.get_by_role("link", name="Users", exact=True).click()
    page.get_by_label("Plan").select_option(label="Service Premium")
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile("licence=ten-service"))
    expect(page.get_by_label("Everybody on this page")).to_be_hidden()
    name = page.locator("#list tbody tr a").first.inner_text().split("\n")[-1]

    page.locator("#list [name=user]").nth(0).check()
    page.locator("#list [name=user]").nth(1).check()
    page.get_by_role("button", name="Assign", exact=True).click()
    page.locator("[name=give][value=ten-marketing]").check()
    page.get_by_role("button", name="Assign a licence").click()
    expect(page.locator("#messages")).to_contain_text("2 users got Marketing Premium.")

    page.get_by_role("link", name=name).click()
    box = page.locator("[name=licence][value=ten-marketing]")
    expect(box).to_be_checked()
    box.uncheck()
    page.get_by_role("button", name="Save licences").click()
    expect(page.locator("#messages")).to_contain_text("were saved")


def test_one_finds_a_user_and_why_a_feature_is_missing_by_keyboard(visit: Visit) -> None:
    page = visit("admin1")
    page.goto("/licences/users/")

    page.keyboard.press("/")
    assert focused(page) == "search"
    page.keyboard.type("haakon b")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    press_until(page, "HB\nHaakon Brattvoll")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Haakon Brattvoll")).to_be_visible()

    press_until(page, "feature")
    page.keyboard.type("mail merge")
    expect(page).to_have_url(re.compile("f=mail"))
    expect(page.locator("#features")).to_contain_text("Not granted")
    assert focused(page) == "feature"


def test_one_ticks_and_acts_by_keyboard(visit: Visit) -> None:
    page = visit("admin1")
    page.goto("/licences/users/?q=haakon")
    page.locator("#list [name=user]").first.focus()
    page.keyboard.press("Space")

    press_until(page, "Let log in")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Let log in")).to_be_visible()
    page.get_by_role("button", name="Let log in").press("Enter")
    expect(page.locator("#messages")).to_contain_text("Nothing was changed. Is so already: Haakon")


def test_on_suite_switching_on_takes_a_seat(visit: Visit) -> None:
    page = visit("admin2")
    page.goto("/licences/users/?show=no")
    page.locator("#list tbody a").first.click()
    expect(page.locator("#seats")).to_have_text(re.compile(r"17 / 20 seats"))

    page.get_by_role("button", name="Switch on").click()
    expect(page.locator("#seats")).to_have_text(re.compile(r"18 / 20 seats"))
    assert violations(page) == []
    page.get_by_role("button", name="Switch off").click()
    expect(page.locator("#seats")).to_have_text(re.compile(r"17 / 20 seats"))
