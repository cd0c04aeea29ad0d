"""On the list of events an import is one row, not one for each of its steps."""

import pytest
from django.urls import reverse

from licences.models import User
from notifications.jobs import KINDS
from notifications.services.cancelling import cancel_event
from tests.conftest import ClientOf
from tests.factories import SystemEventFactory, scope_of
from tests.notifications.imports import MERGE, Wizard, upload, work_off
from tests.pages import links, table

pytestmark = pytest.mark.django_db

TAB = reverse("notifications:events")


def listed(wizard: Wizard, **query: str) -> list[list[str]]:
    """Name and status of each row."""
    return [row[:2] for row in table(wizard.client.get(TAB, query_params=query), "events")]


def test_each_step_takes_the_place_of_the_one_before(wizard: Wizard) -> None:
    upload(wizard.client)
    waiting = listed(wizard)
    work_off(wizard.tenant)
    read = listed(wizard)
    wizard.choose()
    checked = listed(wizard)
    wizard.do("run")
    imported = listed(wizard)

    assert waiting == [["Reading of users.csv", "Queued"]]
    assert read == [["Reading of users.csv", "Succeeded"]]
    assert checked == [["Check of users.csv", "Succeeded"]]
    assert imported == [["Import of users.csv", "Succeeded"]]
    assert listed(wizard, kind="imports") == listed(wizard, show="mine") == imported


def test_each_import_has_its_own_row_and_its_undo_another(wizard: Wizard) -> None:
    for name in ("a.csv", "b.csv"):
        wizard.upload(name=name)
        wizard.choose()
    wizard.do("run")
    wizard.do("undo")

    assert [name for name, _status in listed(wizard)] == ["Undo of b.csv", "Import of b.csv", "Check of a.csv"]


def test_what_was_cancelled_on_the_way_stays(wizard: Wizard, administrator: User) -> None:
    wizard.upload()
    wizard.client.post(wizard.address, MERGE)
    with scope_of(wizard.tenant):
        cancel_event(wizard.imported.event, KINDS, by=administrator)
    wizard.choose()

    assert listed(wizard) == [["Check of users.csv", "Succeeded"], ["Check of users.csv", "Cancelled"]]


def test_a_product_s_event_of_the_same_name_is_not_left_out(wizard: Wizard) -> None:
    SystemEventFactory(tenant=wizard.tenant, key="ImportCheck", source="https://crm.example", ended=True)

    assert listed(wizard) == [["Recount", "Succeeded"]]


def test_what_is_left_out_keeps_its_address(wizard: Wizard) -> None:
    reading = wizard.upload().event
    wizard.choose()

    assert wizard.client.get(reverse("notifications:event", args=[reading.pk])).status_code == 200


@pytest.mark.parametrize(("who", "has_link"), [("administrator", True), ("member", False)])
def test_administrators_come_to_all_imports_from_there(
    who: str, has_link: bool, request: pytest.FixtureRequest, client_of: ClientOf
) -> None:
    page = client_of(request.getfixturevalue(who)).get(TAB)

    assert (links(page, "panel").get("Imports") == reverse("notifications:imports")) == has_link
