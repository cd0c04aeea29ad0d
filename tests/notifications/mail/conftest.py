"""Mail goes to the outbox, as it does outside tests, and from there to a server of the test's own."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from config.mail import mailers
from tests.notifications.mail.server import MailServer, mail_server


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    with mail_server() as server:
        settings.MAILERS = mailers(server.url)
        yield server


@pytest.fixture
def to_outbox(settings: Settings) -> None:
    """For tests in which nothing leaves."""
    settings.MAILERS = mailers("dummy://")
