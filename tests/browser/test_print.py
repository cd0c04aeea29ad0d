"""The licence list on paper."""

from playwright.sync_api import expect

from tests.browser.conftest import Visit


def test_on_paper_there_is_the_list_and_nothing_to_click(visit: Visit) -> None:
    page = visit("admin1")
    page.emulate_media(media="print")

    expect(page.locator("#list")).to_be_visible()
    expect(page.locator("#owner-title")).to_be_visible()
    for gone in (".tabs", ".mainnav", "#filters", "details.menu"):
        expect(page.locator(gone)).to_be_hidden()
    assert len(page.pdf()) > 10_000


def test_on_paper_it_is_black_on_white_also_for_who_prefers_the_dark(visit: Visit) -> None:
    page = visit("admin1")
    page.emulate_media(media="print", color_scheme="dark")

    colours = page.evaluate(
        "[getComputedStyle(document.documentElement).colorScheme, getComputedStyle(document.body).backgroundColor]"
    )

    assert colours[0] == "light" or colours[1] in {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}


def test_a_month_of_metered_services_is_paper_too(visit: Visit) -> None:
    page = visit("admin1")
    page.goto("/metering/")
    page.emulate_media(media="print")

    expect(page.locator("#card-mailing-emails")).to_be_visible()
    expect(page.locator("#month-facts")).to_be_visible()
    for gone in (".mainnav", ".meter-find", "#month-earlier"):
        expect(page.locator(gone)).to_be_hidden()
    assert len(page.pdf()) > 10_000
