"""A new licence set that is short, all the way: free what is too many, activate, and read in the history who did it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.licence_sets import ADMINISTRATOR, put_waiting_set
from tests.browser.test_keyboard import press_until
from tests.config.supervised import Supervised

ACTIVATION = "/licences/activation/"
SHORT = "/licences/activation/superoffice/ten-service/"


@pytest.fixture
def waiting(console: Supervised) -> None:
    put_waiting_set(console)


def row(page: Page, name: str) -> str:
    return page.get_by_role("row", name=re.compile(name)).first.inner_text().replace("\t", " ").replace("\n", " ")


def to_remove(page: Page) -> str:
    return page.locator("#to-remove").inner_text()


def find_the_short_row(page: Page) -> None:
    """From the owner's tab over the link to what waits, and on to what is red."""
    page.get_by_role("link", name="Activate new licence").click()
    expect(page).to_have_url(re.compile(f"{ACTIVATION}$"))
    expect(page.get_by_role("row", name="Service Premium").first).to_contain_text("3 too many in use")
    expect(page.get_by_role("button", name="Activate")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("link", name="Service Premium").click()
    expect(page).to_have_url(re.compile(f"{SHORT}$"))
    assert to_remove(page) == "3"


def free_three(page: Page) -> None:
    """The one with open work is refused, two get Sales instead, one gives Service back."""
    page.get_by_label("Dagny Solvoll").check()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#messages")).to_contain_text("Has open work (12 open requests): Dagny Solvoll.")

    for name in ("Eira Haugnes", "Ketil Rognli"):
        page.get_by_label(name).check()
    page.get_by_label("Reassign to").select_option(label="Sales Premium (5 free)")
    page.get_by_label("Why").fill("They sell now")
    page.get_by_role("button", name="Reassign").click()
    expect(page.locator("#messages")).to_contain_text("2 users went from Service Premium to Sales Premium.")
    assert to_remove(page) == "1"

    page.get_by_label("Liv Granmo").check()
    page.get_by_role("button", name="Remove").click()
    expect(page).to_have_url(re.compile(f"{ACTIVATION}$"))
    expect(page.locator("#messages")).to_contain_text("Liv Granmo no longer holds Service Premium.")


def activate(page: Page) -> None:
    page.get_by_role("button", name="Activate").click()
    expect(page.locator("#messages")).to_contain_text("New licence activated")
    expect(page.locator("main")).to_contain_text("No licence waits to be activated")


def assert_the_list_shows_the_new_totals(page: Page) -> None:
    page.goto("/licences/superoffice/")
    expect(page.locator(".status-line")).to_have_text(re.compile("Your licence is up to date."))
    cells = {
        name: page.get_by_role("row", name=name).get_by_role("cell").all_inner_texts()[-3:]
        for name in ("Sales Premium", "Service Premium")
    }
    assert cells == {"Sales Premium": ["3", "6", "3"], "Service Premium": ["2", "2", "0"]}


def assert_the_history_shows_each_step(page: Page) -> None:
    page.goto("/licences/history/")
    history = page.locator("main").inner_text()
    for step in (
        "Licence set activated",
        "Licence set received",
        "Liv Granmo · Service Premium",
        "Eira Haugnes · Sales Premium",
        "Ketil Rognli · Service Premium",
        "They sell now",
    ):
        assert step in history
    assert "Dagny Solvoll · Service Premium" not in history.partition("Licence set received")[0]


@pytest.mark.parametrize("with_script", [True, False], ids=["with script", "without script"])
def test_from_a_short_row_to_the_new_totals(waiting: None, visit: Visit, with_script: bool) -> None:
    page = visit(ADMINISTRATOR, java_script_enabled=with_script)

    find_the_short_row(page)
    free_three(page)
    activate(page)

    assert_the_list_shows_the_new_totals(page)
    assert_the_history_shows_each_step(page)


def test_the_longest_unused_are_ticked(waiting: None, visit: Visit) -> None:
    page = visit(ADMINISTRATOR)
    page.goto(SHORT)

    page.get_by_role("link", name="Choose the 3 longest unused").click()

    names = page.get_by_role("checkbox", checked=True).evaluate_all("all => all.map((one) => one.labels[0].innerText)")
    assert [name.split()[0] for name in names] == ["Eira", "Ketil", "Liv"]
    expect(page.get_by_role("link", name="Show all holders")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(page).to_have_url(re.compile(f"{ACTIVATION}$"))
    expect(page.get_by_role("button", name="Activate")).not_to_have_attribute("aria-disabled", "true")


def test_searching_holders_changes_the_list_alone(waiting: None, visit: Visit) -> None:
    page = visit(ADMINISTRATOR)
    page.goto(SHORT)
    page.evaluate("window.neverReloaded = true")

    page.get_by_label("Search holders").fill("ketil")

    expect(page.locator("#seats tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=ketil"))
    page.get_by_label("Ketil Rognli").check()
    assert page.evaluate("window.neverReloaded")
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#messages")).to_contain_text("Ketil Rognli no longer holds Service Premium.")


def test_one_frees_and_activates_with_the_keyboard_alone(waiting: None, visit: Visit) -> None:
    page = visit(ADMINISTRATOR)
    page.goto(ACTIVATION)

    press_until(page, "Service Premium")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{SHORT}$"))
    press_until(page, "choose")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("choose=unused"))
    press_until(page, "remove")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{ACTIVATION}$"))
    press_until(page, "activate-superoffice")
    page.keyboard.press("Enter")

    expect(page.locator("#messages")).to_contain_text("New licence activated")


def test_a_file_that_is_none_is_refused_on_the_page(waiting: None, visit: Visit) -> None:
    page = visit(ADMINISTRATOR)
    page.get_by_role("link", name="Load licence from file").click()
    page.get_by_label("Licence file").set_input_files(
        {"name": "licence.txt", "mimeType": "text/plain", "buffer": b"Hello"}
    )

    page.get_by_role("button", name="Load").click()

    expect(page.locator(".errorlist")).to_contain_text("This is not a licence file")
