"""A file of users is imported in a real browser, with faults in some rows and more seats asked for than there are; and
one of usage."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.browser.events import forget_imports
from tests.config.supervised import Supervised

USERS = 200
"""More than the tenant has seats for."""
FILE = "Login;Navn;E-post;Kan logge inn\n" + "".join(
    f"import{n}.browser;Ingrid Bø {n};import{n}@nordlys.example;ja\n" for n in range(USERS)
)
FILE += "=cmd;Ola;ikke en adresse;kanskje\n;Uten ID;x@nordlys.example;\n"
USAGE = "ID;Tjeneste;Tidspunkt;Antall\n" + "".join(
    f"brev-{number};mailing-emails;{{day}} 0{number}:30;12{number}\n" for number in range(9)
)


def choose_file(page: Page, name: str, data: bytes) -> None:
    page.goto("/licences/users/")
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_role("link", name="Import a file").click()
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": data})
    page.get_by_role("button", name="Upload").click()


def number(page: Page, outcome: str) -> int:
    return int(page.locator(f"[data-outcome={outcome}] dd").inner_text().replace(",", ""))


def test_users_are_imported_to_the_end_and_undone(visit: Visit, tmp_path: Path) -> None:
    page = visit("admin3")

    choose_file(page, "nye brukere.csv", FILE.encode("cp1252"))
    expect(page.get_by_role("heading", name="Which column is what?")).to_be_visible()
    assert page.get_by_label("User ID", exact=True).first.input_value() == "0"
    expect(page.get_by_text("Ingrid Bø 0").first).to_be_visible()
    assert violations(page) == []

    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("heading", name="What will happen")).to_be_visible()
    foretold, faulty = number(page, "added"), number(page, "faulty")
    assert 0 < foretold < USERS
    assert foretold + faulty == USERS + 2
    expect(page.locator(".seats [data-short]")).to_contain_text(f"{USERS} asked for")
    assert violations(page) == []

    page.get_by_role("button", name=f"Import {foretold} users").click()
    expect(page.get_by_role("heading", name="Imported, but for rows with faults")).to_be_visible()
    assert (number(page, "added"), number(page, "faulty")) == (foretold, faulty)
    assert violations(page) == []

    with page.expect_download() as download:
        page.get_by_role("link", name="Download the rows with faults").click()
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert rows[0] == ["Login", "Navn", "E-post", "Kan logge inn", "Line", "What is wrong"]
    assert len(rows) == 1 + faulty
    assert "'=cmd" in {row[0] for row in rows}

    page.get_by_role("link", name="Undo").click()
    assert violations(page) == []
    page.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_role("heading", name="The import was undone")).to_be_visible()
    assert number(page, "removed") == foretold


def test_a_file_that_cannot_be_read_says_why(visit: Visit) -> None:
    page = visit("admin3")

    choose_file(page, "users.csv", b"Login,Login\nask,Ask\n")

    expect(page.get_by_role("heading", name="This file cannot be used")).to_be_visible()
    expect(page.get_by_text("Columns 1 and 2 have the same heading.")).to_be_visible()
    assert violations(page) == []


def test_without_javascript_one_reloads(visit: Visit) -> None:
    page = visit("admin3", java_script_enabled=False)

    choose_file(page, "users.csv", b"Login,Navn\nask.uten.skript,Ask\n")
    for _ in range(40):
        page.goto(page.url)
        if page.get_by_role("heading", name="Which column is what?").is_visible():
            break
    page.get_by_role("button", name="Discard the file").click()

    expect(page.get_by_text("users.csv is discarded.")).to_be_visible()


@pytest.fixture
def tenant_without_imports(console: Supervised) -> Iterator[None]:
    """Afterwards it has none either."""
    yield
    with console.database() as database:
        forget_imports(database, "1000000001")


def test_usage_is_counted_from_a_file_and_stays(visit: Visit, tenant_without_imports: None) -> None:
    page = visit("admin1")
    yesterday = timezone.now().date() - timedelta(days=1)

    page.goto("/notifications/imports/new/")
    page.locator(".kinds").get_by_role("link", name="Usage").click()
    expect(page.get_by_role("heading", name="Import usage")).to_be_visible()
    assert violations(page) == []
    data = (USAGE.format(day=yesterday) + f"feil;mailing-emails;{yesterday} 24:99;1\n").encode()
    page.locator("input[type=file]").set_input_files({"name": "brev.csv", "mimeType": "text/csv", "buffer": data})
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="Which column is what?")).to_be_visible()
    assert violations(page) == []

    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("heading", name="What will happen")).to_be_visible()
    assert (number(page, "accepted"), number(page, "rejected")) == (9, 1)
    assert violations(page) == []
    page.get_by_role("button", name="Count 9 events").click()

    expect(page.get_by_role("heading", name="Imported, but for rows with faults")).to_be_visible()
    assert number(page, "accepted") == 9
    expect(page.get_by_role("link", name="Undo")).to_have_count(0)
    expect(page.get_by_text("What is counted cannot be undone")).to_be_visible()
    assert violations(page) == []
