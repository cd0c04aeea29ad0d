import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from licences.models import User
from tests.conftest import ClientOf


@pytest.fixture
def support_client(support: User, client_of: ClientOf, settings: Settings) -> Client:
    """Support staff, let in without a second factor; tests/licences/test_second_factor.py has what holds with one."""
    settings.SUPPORT_MFA_OPTIONAL = True
    client = client_of(support)
    client.get(reverse("admin:index"))  # the first request of a session writes down when it started
    return client
