"""The import wizard from the upload to the result, as an administrator meets it."""

import pytest
from django.urls import reverse

from licences.models import User
from notifications.models import Import
from tests.conftest import ClientOf
from tests.factories import SystemEventFactory, scope_of
from tests.notifications.imports import FAULTY, Wizard, counts, last_import, step, upload
from tests.notifications.reading.files import workbook
from tests.pages import element, table, text

pytestmark = pytest.mark.django_db


def test_from_the_upload_to_the_result(wizard: Wizard) -> None:
    imported = wizard.upload(FAULTY)
    assert (imported.state, imported.rows, imported.columns) == ("read", 5, ["User ID", "Full name", "E-mail"])
    assert step(wizard.look()) == "Columns"

    wizard.choose()
    checked = wizard.look()
    assert step(checked) == "Check"
    assert counts(checked) == {
        "Will be added": "2",
        "Will be changed": "0",
        "Already as in the file": "0",
        "Will be skipped": "0",
        "With faults": "3",
    }
    assert [row[:2] for row in table(checked, "faults")] == [["4", "bad id~"], ["5", "=evil"], ["6", "ask"]]
    assert "The same user is on line 2 already. 1 row" in text(element(checked, "faults"))

    wizard.do("run")
    result = wizard.look()
    assert step(result) == "Result"
    assert counts(result)["Added"] == "2"
    with scope_of(wizard.tenant):
        assert User.objects.filter(login_id__in=["ask", "liv"]).count() == 2


def test_a_workbook_is_imported_like_a_text(wizard: Wizard) -> None:
    wizard.upload(workbook([["User ID", "Full name", "E-mail"], ["ask", "Ask Berg", "ask@nordlys.example"]]), "u.xlsx")
    wizard.choose()
    wizard.do("run")

    assert counts(wizard.look())["Added"] == "1"


def test_an_import_can_be_undone_for_24_hours(wizard: Wizard) -> None:
    wizard.upload()
    wizard.choose()
    wizard.do("run")
    asks = wizard.client.get(reverse("notifications:import_undo", args=[wizard.imported.pk]))
    assert "added 2 users and changed 0" in " ".join(text(element(asks, "main")).split())

    wizard.do("undo")

    assert counts(wizard.look())["Removed again"] == "2"
    assert wizard.client.get(reverse("notifications:import_undo", args=[wizard.imported.pk])).status_code == 200
    assert wizard.do("undo").status_code == 302
    assert wizard.imported.state == Import.State.UNDONE


def test_an_import_waits_for_another_one_kindly(wizard: Wizard) -> None:
    wizard.upload()
    wizard.choose()
    SystemEventFactory(tenant=wizard.tenant, key="ImportUsers")

    wizard.do("run")

    assert wizard.imported.state == Import.State.CHECKED
    assert "Another import is running or being undone." in wizard.look().content.decode()


def test_while_a_job_works_the_page_asks_again_and_an_unchanged_one_costs_nothing(wizard: Wizard) -> None:
    upload(wizard.client)
    part = {"HX-Request": "true", "HX-Target": "panel"}

    working = wizard.client.get(wizard.address, headers=part)
    again = wizard.client.get(wizard.address, headers=part | {"If-None-Match": working["ETag"]})

    assert 'id="import-poll"' in working.content.decode()
    assert again.status_code == 304


def test_members_import_nothing(wizard: Wizard, member: User, client_of: ClientOf) -> None:
    wizard.upload()
    client = client_of(member)

    assert client.get(reverse("notifications:imports")).status_code == 403
    assert upload(client).status_code == 403
    assert last_import(wizard.tenant).state == Import.State.READ
