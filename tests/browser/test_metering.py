"""One event, from the token that lets it in to the line of the invoice that it stands on, and back to the event."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.browser.events import forget_tokens
from tests.config.supervised import Supervised

SERVICE = "chat-sessions"


def make_token(page: Page, source: str) -> str:
    page.goto("/licences/superoffice/")
    page.get_by_role("link", name="API tokens").click()
    page.get_by_role("link", name="New token").click()
    page.get_by_label("Source").fill(source)
    page.get_by_label("Report usage events").check()
    page.get_by_role("button", name="Make the token").click()
    return page.locator("#token").inner_text()


def report(page: Page, token: str, event: dict[str, object]) -> dict[str, object]:
    """What a product back end does; the answer must be that it counts, or was counted before."""
    answer = page.request.post(
        "/api/v1/events",
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/cloudevents+json"},
        data=json.dumps(event),
    )
    assert answer.status == 200, answer.text()
    said: dict[str, object] = answer.json()
    return said


def used(page: Page) -> int:
    page.goto("/metering/")
    return int(page.locator(f"#card-{SERVICE} .meter-used strong").inner_text().replace(",", ""))


@pytest.fixture
def source(console: Supervised) -> Iterator[str]:
    """A back end that nobody knows yet, nor afterwards."""
    source = f"https://chat-{uuid4().hex[:8]}.example"
    yield source
    with console.database() as database:
        forget_tokens(database, source)


def test_an_event_is_followed_from_its_token_to_its_invoice_line(visit: Visit, source: str) -> None:
    page = visit("admin1")
    event_id = f"chat-{uuid4().hex[:12]}"
    token = make_token(page, source)
    before = used(page)
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": SERVICE,
        "time": datetime.now(UTC).isoformat(),
        "data": {"quantity": 7},
    }

    assert report(page, token, event)["accepted"] == 1
    assert report(page, token, event)["duplicate"] == 1

    assert used(page) == before + 7
    assert violations(page) == []
    page.get_by_role("link", name="See its lines").click()
    page.get_by_role("link", name="Chat sessions started").click()
    expect(page.get_by_role("heading", name="How the amount comes about")).to_be_visible()
    page.locator("#days tbody tr").first.get_by_role("link").first.click()
    row = page.locator("#day-events tbody tr", has_text=event_id)
    expect(row).to_contain_text("7")
    assert violations(page) == []

    page.goto("/metering/")
    page.get_by_label("Event ID").fill(event_id)
    page.get_by_role("button", name="Find").click()
    expect(page.locator("main")).to_contain_text(source)
    expect(page.locator("main")).to_contain_text("Chat sessions started")
    assert violations(page) == []
    page.locator("main").get_by_role("link", name="invoice").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Usage invoice")
