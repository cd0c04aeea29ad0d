"""What a tenant keeps of the files it uploads: one at a time, no more than it may, and in the end nothing of them."""

import io
from threading import Event

import pytest
from django.urls import reverse

from notifications.models import EventChange, Import
from notifications.services.tracker import AlreadyActive
from notifications.services.uploads import MOST_BYTES_KEPT, MOST_FILES_KEPT, store_upload
from tests.factories import ImportFactory, UserFactory, scope_of
from tests.notifications.imports import USERS, Wizard, kept, upload
from tests.threads import at_once

PATIENCE = 30


class Slow(io.BytesIO):
    """A file that begins to come, and goes on once something else has happened."""

    def __init__(self, data: bytes, *, begun: Event, goes_on: Event) -> None:
        super().__init__(data)
        self._begun, self._goes_on = begun, goes_on

    def read(self, size: int | None = -1) -> bytes:
        self._begun.set()
        assert self._goes_on.wait(PATIENCE)
        return super().read(size)


@pytest.mark.django_db(transaction=True)
def test_who_uploads_two_files_at_once_waits_for_neither_and_has_one_of_them_read() -> None:
    user = UserFactory(administrator=True)
    begun, is_over = Event(), Event()

    def store(file: io.BytesIO) -> Import:
        with scope_of(user):
            return store_upload(user.tenant, kind="users", file=file, name="users.csv", size=len(USERS), by=user)

    def store_meanwhile() -> Import:
        try:
            assert begun.wait(PATIENCE)
            return store(io.BytesIO(USERS.encode()))
        finally:
            is_over.set()

    slow, quick = at_once([lambda: store(Slow(USERS.encode(), begun=begun, goes_on=is_over)), store_meanwhile])

    assert isinstance(slow, AlreadyActive)
    assert isinstance(quick, Import)
    assert kept(quick) == (1, 0)
    with scope_of(user):
        assert Import.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("files", "size"),
    [(MOST_FILES_KEPT, 1), (1, MOST_BYTES_KEPT)],
    ids=["20 files", "1 GB"],
)
def test_who_keeps_too_much_discards_a_file_before_the_next(files: int, size: int, wizard: Wizard) -> None:
    ImportFactory.create_batch(files, tenant=wizard.tenant, size_bytes=size, state=Import.State.REFUSED)

    refused = upload(wizard.client)

    assert refused.status_code == 422
    assert "20 uploaded files or 1 GB are kept at most. Discard one" in refused.content.decode()
    assert "Discard the file" in wizard.look().content.decode()
    wizard.do("discard")
    assert upload(wizard.client).status_code == 302


@pytest.mark.django_db
def test_a_person_in_the_place_of_the_headings_is_forgotten_with_the_file(wizard: Wizard) -> None:
    wizard.upload(USERS.partition("\n")[2])
    wizard.choose()
    assert wizard.imported.columns == ["ask", "Ask Berg", "ask@nordlys.example"]

    wizard.do("discard")

    assert (wizard.imported.columns, wizard.imported.mapping) == ([], {})
    faults = wizard.client.get(reverse("notifications:import_faults", args=[wizard.imported.pk]))
    shown = wizard.look().content + b"".join(faults.streaming_content)
    assert "ask@nordlys.example" not in shown.decode()
    assert "This file is not kept any more" in shown.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "first_line",
    ["ask@nordlys.example,ask@nordlys.example", "ask,ask@nordlys.example" + "x" * 300],
    ids=["twice", "too long"],
)
def test_why_a_file_was_refused_quotes_nothing_of_it(first_line: str, wizard: Wizard) -> None:
    imported = wizard.upload(f"{first_line}\nliv,liv@nordlys.example\n")
    assert imported.state == Import.State.REFUSED

    wizard.do("discard")

    with scope_of(wizard.tenant):
        told = [*EventChange.objects.values_list("note", flat=True), wizard.imported.event.message]
    assert "column" in wizard.imported.message.lower()
    assert "nordlys" not in "".join([*told, wizard.imported.message, wizard.look().content.decode().split("<main")[1]])
