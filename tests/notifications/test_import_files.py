"""Which files are taken, and what is said of the others."""

from datetime import timedelta

import pytest
from django.urls import reverse

from notifications.models import Import
from notifications.reading.limits import MOST_BYTES
from tests.factories import scope_of
from tests.notifications.imports import USERS, Wizard, upload

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty."),
        (b"\x1f\x8b" + bytes(100), "This file is packed (gzip)."),
        (b"%PDF-1.7", "This is a PDF document."),
    ],
)
def test_what_is_clearly_no_table_is_refused_at_once(data: bytes, said: str, wizard: Wizard) -> None:
    response = upload(wizard.client, data)

    assert response.status_code == 422
    assert said in response.content.decode()
    with scope_of(wizard.tenant):
        assert Import.objects.count() == 0


def test_without_a_file_and_in_the_wrong_form_one_is_asked_for(wizard: Wizard) -> None:
    address = reverse("notifications:import_new")
    answers = [
        wizard.client.post(address, {}),
        wizard.client.post(address, {"file": "users.csv"}),
        wizard.client.post(address, USERS, content_type="text/csv"),
        wizard.client.post(address, "file=x", content_type="application/x-www-form-urlencoded"),
    ]

    assert {answer.status_code for answer in answers} == {422}
    assert all("Choose a CSV or XLSX file." in answer.content.decode() for answer in answers)


def test_what_shows_only_while_it_is_read_is_refused_with_the_reason_and_nothing_is_imported(wizard: Wizard) -> None:
    imported = wizard.upload("User ID,User ID\nask,Ask\n")

    assert imported.state == Import.State.REFUSED
    assert "Columns 1 and 2 have the same heading." in wizard.look().content.decode()
    assert wizard.do("run").status_code == 302
    assert wizard.imported.state == Import.State.REFUSED


def test_more_than_200_mb_are_not_taken(wizard: Wizard, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_BYTES == 200 * 1024 * 1024
    monkeypatch.setattr("notifications.views.imports.MOST_BYTES", 100_000)

    response = upload(wizard.client, b"User ID\n" + b"x" * 200_000)

    assert response.status_code == 422
    assert "This file is larger than 200 MB." in response.content.decode()


def test_an_upload_may_not_take_for_ever(wizard: Wizard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.views.imports.UPLOAD_WITHIN", timedelta(seconds=-1))

    response = upload(wizard.client)

    assert response.status_code == 422
    assert "The upload took more than 10 minutes" in response.content.decode()


def test_a_file_name_keeps_only_what_can_be_shown(wizard: Wizard) -> None:
    wizard.upload(name="users\u202evsc.exe.csv")

    assert wizard.imported.file_name == "usersvsc.exe.csv"


def test_a_second_file_waits_for_the_first_to_be_read(wizard: Wizard) -> None:
    upload(wizard.client)

    second = upload(wizard.client)

    assert second.status_code == 422
    assert "Your last file is still being read." in second.content.decode()
    with scope_of(wizard.tenant):
        assert Import.objects.count() == 1
