"""A tenant keeps so much of files as one may, however they come."""

from functools import partial
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Sum
from django.urls import reverse

from licences.models import CustomerRequest, RequestFile, User
from licences.services import customer_requests as service
from licences.services.request_files import MIB, MOST_MIB, Attachment, TooManyFiles
from tests.conftest import ClientOf
from tests.factories import (
    LONG_AGO,
    CustomerRequestFactory,
    RequestEventFactory,
    RequestFileFactory,
    UserFactory,
    scope_of,
)
from tests.factories.service_level import desk_policy
from tests.licences.requesting import LOG, asking_administrator, events_of, in_scope, outcomes, send
from tests.pages import element, named, text
from tests.threads import at_once

pytestmark = pytest.mark.django_db

TICKET: dict[str, Any] = {
    "title": "The board stays empty",
    "environment": "production",
    "happened_at": "2026-05-07T08:15",
    "contact_name": "Oda Berg",
    "contact_email": "oda@nordlys.example",
    "affected_users": "1",
    "all_users": "20",
}
FULL = "All requests together keep 200 MiB of files at most"


@pytest.fixture
def asker() -> User:
    return asking_administrator()


def fill(asker: User, *, left: int) -> None:
    """So many bytes are left of what the tenant may keep, by what its files say of themselves."""
    asked = CustomerRequestFactory(tenant=asker.tenant, submitted_by=asker, state="withdrawn", closed_at=LONG_AGO)
    event, each = RequestEventFactory(request=asked), 5 * MIB
    full = MOST_MIB * MIB // each
    RequestFileFactory.create_batch(full - 1, event=event, size_bytes=each)
    RequestFileFactory(event=event, size_bytes=each - left)


def test_a_tenant_keeps_200_mib_of_files_at_most_of_all_its_requests(asker: User) -> None:
    fill(asker, left=len(LOG.content) * 2)
    request = send(asker, files=[LOG])
    with scope_of(asker):
        service.reply(request, text="See.", by=asker, files=[LOG])

    with pytest.raises(TooManyFiles, match=FULL):
        send(asker, files=[Attachment("one.log", b"x")])
    with pytest.raises(TooManyFiles, match=FULL), scope_of(asker):
        service.reply(request, text="And this.", by=asker, files=[Attachment("one.log", b"x")])

    with scope_of(asker):
        assert CustomerRequest.objects.open().count() == 1
        assert service.reply(request, text="Without it.", by=asker).is_open
    assert events_of(request) == ["submitted", "replied", "replied"]


def test_files_of_neighbours_take_no_room(asker: User) -> None:
    fill(UserFactory(administrator=True), left=0)

    assert send(asker, files=[LOG]).is_open


@pytest.mark.django_db(transaction=True)
def test_no_more_is_kept_than_may_be_however_many_send_at_once(asker: User) -> None:
    requests = [send(asker) for _ in range(6)]
    fill(asker, left=len(LOG.content) * 4)
    calls = [in_scope(asker.tenant, service.reply, each, text="See.", by=asker, files=[LOG]) for each in requests]

    results = at_once([*calls, *[partial(send, asker, files=[LOG])] * 2])

    assert outcomes(results) == {"done": 4, "TooManyFiles": 4}
    with scope_of(asker):
        assert RequestFile.objects.aggregate(size=Sum("size_bytes"))["size"] == MOST_MIB * MIB


def test_it_is_told_beside_the_files_and_what_was_typed_stays(administrator: User, client_of: ClientOf) -> None:
    desk_policy()
    fill(administrator, left=0)
    request, client = CustomerRequestFactory(tenant=administrator.tenant), client_of(administrator)

    for page, words in ((reverse("licences:request", args=[request.pk]), {}), (reverse("licences:support"), TICKET)):
        sent = {"text": "It stays.", "description": "It stays.", **words, "attachments": [log()]}
        response = client.post(page, sent)

        assert response.status_code == 422
        assert FULL in text(element(response, "main"))
        assert any("It stays." in text(each) for each in named(element(response, "main"), "textarea"))
    assert events_of(request) == ["submitted"]


def log() -> SimpleUploadedFile:
    return SimpleUploadedFile("error.log", b"it stopped")
