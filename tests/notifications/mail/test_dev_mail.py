"""In development all mail is read in the browser; elsewhere that page does not exist."""

import pytest
from django.test import Client
from pytest_django import Settings

from licences.models import User
from tests.conftest import ClientOf
from tests.factories import OutboxEntryFactory

pytestmark = pytest.mark.django_db

INBOX = "/dev/mail/"
ADDRESSES = [INBOX, f"{INBOX}html/"]


@pytest.fixture
def development(settings: Settings) -> None:
    settings.DEBUG = True


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("who", ["anonymous", "administrator", "support"])
def test_outside_development_there_is_no_such_page(
    address: str, who: str, administrator: User, support: User, client_of: ClientOf
) -> None:
    entry = OutboxEntryFactory(tenant=administrator.tenant)
    users = {"administrator": administrator, "support": support}
    client = client_of(users[who]) if who in users else Client()

    assert client.get(address, {"entry": entry.pk}).status_code == 404


@pytest.mark.usefixtures("development")
def test_the_newest_mail_is_open_and_its_links_lead_on(client: Client) -> None:
    OutboxEntryFactory(subject="Old one")
    payload = OutboxEntryFactory().payload | {"text": "Choose: http://localhost:8000/login/forgotten/1-a/"}
    newest = OutboxEntryFactory(subject="New one", payload=payload, created_at="2026-06-01T00:00Z")

    page = client.get(INBOX).text

    assert page.index("New one") < page.index("Old one")
    assert f"?entry={newest.pk}" in page
    assert '<a href="http://localhost:8000/login/forgotten/1-a/"' in page


@pytest.mark.usefixtures("development")
def test_the_inbox_shows_the_mail_of_everybody_to_anybody_with_its_html_in_a_frame(
    administrator: User, client_of: ClientOf
) -> None:
    entry = OutboxEntryFactory()
    client = client_of(administrator)

    page, frame = client.get(INBOX, {"entry": entry.pk}), client.get(f"{INBOX}html/", {"entry": entry.pk})

    assert entry.recipient in page.text
    assert frame.text == entry.payload["html"]
    assert "sandbox" in frame["Content-Security-Policy"]


@pytest.mark.usefixtures("development")
def test_an_empty_inbox_says_so(client: Client) -> None:
    assert "No mail yet" in client.get(INBOX).text


@pytest.mark.usefixtures("development")
@pytest.mark.parametrize("entry", ["0", "none", "9" * 30, "1\0"])
def test_a_mail_that_never_was_is_not_there(entry: str, client: Client) -> None:
    assert {client.get(address, {"entry": entry}).status_code for address in ADDRESSES} == {404}
