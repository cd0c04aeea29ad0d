from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from licences.models import User
from tests.conftest import ClientOf
from tests.licences.licence_files import VENDOR_KEY, LicenceServer, licence_server


@pytest.fixture
def support_client(support: User, client_of: ClientOf, settings: Settings) -> Client:
    """Support staff, let in without a second factor; tests/licences/test_second_factor.py has what holds with one."""
    settings.SUPPORT_MFA_OPTIONAL = True
    client = client_of(support)
    client.get(reverse("admin:index"))  # the first request of a session writes down when it started
    return client


@pytest.fixture
def vendor_key(settings: Settings) -> None:
    """The console trusts the vendor who signs in tests/licences/licence_files.py."""
    settings.LICENCE_VENDOR_KEY = VENDOR_KEY


@pytest.fixture
def server(vendor_key: None, settings: Settings) -> Iterator[LicenceServer]:
    """The licence server that the console asks; it has nothing new until a test says otherwise."""
    with licence_server() as server:
        settings.LICENCE_SERVER_URL = server.url
        yield server
