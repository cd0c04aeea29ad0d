"""Every reason for which a licence file is refused, read where an administrator reads it."""

from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from licences import licence_file
from tests.conftest import ClientOf
from tests.factories import SeatFactory
from tests.licences.test_licence_file import REFUSALS as OF_FILES
from tests.licences.test_licence_file_loading import REFUSALS as OF_SETS
from tests.licences.test_licence_file_loading import Case, case
from tests.routes import rows_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vendor_key")]

__all__ = ["case"]

ONE_OF_EACH = dict(OF_FILES.values())


@pytest.fixture
def client(case: Case, client_of: ClientOf) -> Client:
    """Of an administrator of the case's tenant, let in by a seat on a plan."""
    return client_of(SeatFactory(tenant=case.tenant, licence__type__plan=True, user__administrator=True).user)


def upload(client: Client, content: bytes) -> tuple[int, str]:
    response = client.post(reverse("licences:load"), {"file": SimpleUploadedFile("set.licence", content)})
    return response.status_code, unescape(response.text)


@pytest.mark.parametrize("refusal", sorted(ONE_OF_EACH))
def test_what_is_wrong_with_a_file_is_read_on_the_page(refusal: str, case: Case, client: Client) -> None:
    before = rows_of(case.tenant)

    status, text = upload(client, ONE_OF_EACH[refusal]())

    assert status == 422
    assert str(getattr(licence_file, refusal).reason).rstrip(".") in text
    assert rows_of(case.tenant) == before


@pytest.mark.parametrize("name", OF_SETS)
def test_why_a_set_is_not_taken_is_read_on_the_page(name: str, case: Case, client: Client) -> None:
    _refusal, reason, file = OF_SETS[name]
    made = file(case)
    before = rows_of(case.tenant)

    status, text = upload(client, made)

    assert status == 422
    assert reason in text
    assert rows_of(case.tenant) == before
