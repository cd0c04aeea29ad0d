"""The same way through the console in a browser that runs no script: every element has a real address or action."""

import re
import time

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit


def reload_until_all_has_ended(page: Page, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while re.search("Queued|Running", said := page.locator("#events").inner_text()):
        assert time.monotonic() < deadline, said
        page.wait_for_timeout(500)
        page.reload()


def test_every_step_works_by_links_and_forms(visit: Visit) -> None:
    page = visit("admin3", java_script_enabled=False)
    expect(page).to_have_url(re.compile("/licences/superoffice/$"))

    page.get_by_role("link", name="Status", exact=True).click()
    expect(page.locator("#panel")).to_contain_text("10 of 10 active flows")
    page.get_by_role("link", name="10 of 10 active flows").click()
    expect(page).to_have_url(re.compile("/licences/plans/$"))
    page.go_back()

    page.get_by_role("link", name="SuperOffice", exact=True).click()
    page.get_by_role("row", name="Plus").get_by_role("link").last.click()
    expect(page.locator("#detail")).to_contain_text("Holders")
    page.go_back()
    expect(page).to_have_url(re.compile("/licences/superoffice/$"))

    page.get_by_role("link", name="System notifications", exact=True).click()
    reload_until_all_has_ended(page)
    page.locator("#new").click()
    page.get_by_role("button", name="Regenerate counters").click()
    expect(page).to_have_url(re.compile(r"/notifications/\d+/$"))
    reload_until_all_has_ended(page)
    expect(page.locator("#events tbody tr").first).to_contain_text("Succeeded")
    expect(page.locator("#detail")).to_contain_text("Counts the seats in use")

    page.locator("summary", has_text="Your menu").click()
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(re.compile("/login/$"))


def test_searching_filtering_and_sorting_work_by_the_address(visit: Visit) -> None:
    page = visit("admin1", java_script_enabled=False)

    page.get_by_label("Search licences").fill("premium")
    page.get_by_label("Show").select_option(label="With free seats")
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile(r"\?q=premium&show=free"))
    names = page.locator("#list tbody a")
    found = names.all_inner_texts()
    assert found
    assert "Sales Premium" not in found

    page.get_by_role("link", name="In use", exact=True).click()
    expect(page).to_have_url(re.compile("sort=in_use"))
    assert sorted(names.all_inner_texts()) == sorted(found)
