from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse
from pytest_django import DjangoDbBlocker, Settings

from licences.models import User
from tests.conftest import CHEAP_HASHERS, ClientOf
from tests.invariants import assert_invariants
from tests.licences.licence_files import VENDOR_KEY, LicenceServer, licence_server


@pytest.fixture
def support_client(support: User, client_of: ClientOf, settings: Settings) -> Client:
    """Support staff, let in without a second factor; tests/licences/test_second_factor.py has what holds with one."""
    settings.SUPPORT_MFA_OPTIONAL = True
    client = client_of(support)
    client.get(reverse("admin:jsi18n"))  # the first request of a session writes down when it started; this is quick
    return client


@pytest.fixture(scope="module")
def _loaded_demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The demo tenants stay for a module: loading them takes longer than most of what is asked of them."""
    with django_db_blocker.unblock():
        with override_settings(DEBUG=True, PASSWORD_HASHERS=CHEAP_HASHERS):
            call_command("load_catalogue", verbosity=0)
            call_command("load_demo", stdout=StringIO())
        connection.close()
    yield
    with django_db_blocker.unblock():
        call_command("flush", database="owner", interactive=False, verbosity=0)


@pytest.fixture
def demo(_loaded_demo: None, db: None) -> Iterator[None]:
    """The demo tenants as they are loaded. What the test makes of them keeps every rule, and is undone."""
    yield
    assert_invariants()


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
