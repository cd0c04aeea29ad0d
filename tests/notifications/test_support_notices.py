"""Support staff set notices for one tenant and for everybody, in Django admin and by the same rules."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from config.tenancy.scopes import support_scope
from licences.models import LoginHold, Tenant, User
from notifications.models import EventChange, PlatformNotice, SystemEvent
from notifications.services.notices import HasEnded, NoText
from notifications.services.platform_notices import change_platform_notice, end_platform_notice, set_platform_notice
from tests.conftest import ClientOf
from tests.factories import NoticeFactory, PlatformNoticeFactory, SystemEventFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db

MORNING = datetime(2026, 11, 26, 8, tzinfo=UTC)
TYPED = {"notice": "NoLogin", "scope": "system", "text": "New servers.", "expected_at": "2026-11-26T14:30"}
PLATFORM = "admin:notifications_platformnotice"


@pytest.fixture
def support_client(client_of: ClientOf, support: User, settings: Settings) -> Client:
    settings.SUPPORT_MFA_OPTIONAL = True
    return client_of(support)


def page_of(name: str, pk: int) -> str:
    return reverse(f"admin:notifications_systemevent_{name}", args=[pk])


def rows[Row](model: type[Row], **which: object) -> list[Row]:
    with support_scope("a test looks"):
        return list(model.objects.filter(**which).order_by("pk"))  # type: ignore[attr-defined]


def test_a_tenants_page_leads_to_it(support_client: Client) -> None:
    tenant = TenantFactory()

    page = support_client.get(reverse("admin:licences_tenant_change", args=[tenant.pk]))

    assert page_of("set", tenant.pk) in page.text


def test_it_is_set_by_the_tenants_clock_once_confirmed_under_supports_name(
    support_client: Client, support: User
) -> None:
    tenant: Tenant = TenantFactory(time_zone="America/New_York")
    UserFactory(tenant=tenant)

    with time_machine.travel(MORNING, tick=False):
        asked = support_client.post(page_of("set", tenant.pk), TYPED)
        done = support_client.post(page_of("set", tenant.pk), TYPED | {"sure": "on"})

    assert asked.status_code == 422
    assert "1 user is kept out" in asked.text
    (event,) = rows(SystemEvent)
    assert done["Location"] == page_of("change", event.pk)
    assert (event.tenant_id, event.activated_by_id) == (tenant.pk, None)
    assert event.expected_at == datetime(2026, 11, 26, 19, 30, tzinfo=UTC)
    assert [step.by_name for step in rows(EventChange)] == [support.login_id]
    assert len(rows(LoginHold)) == 1
    assert [entry.change_message for entry in rows(LogEntry)] == ["Set the notice."]


def test_it_is_changed_and_ended_from_its_page(support_client: Client) -> None:
    event = NoticeFactory()
    page = support_client.get(page_of("change", event.pk))

    shown = support_client.get(page_of("notice", event.pk))
    refused = support_client.post(page_of("notice", event.pk), {"text": "", "expected_at": ""})
    support_client.post(page_of("notice", event.pk), {"text": "It is open.", "expected_at": ""})
    support_client.post(page_of("end", event.pk))
    again = support_client.post(page_of("end", event.pk), follow=True)

    assert page_of("notice", event.pk) in page.text
    assert "The canteen is closed today." in shown.text
    assert (refused.status_code, "Write the message." in refused.text) == (422, True)
    (ended,) = rows(SystemEvent)
    assert (ended.description, ended.status) == ("It is open.", "succeeded")
    assert "Nothing was changed: the notice has ended." in again.text
    assert [entry.change_message for entry in rows(LogEntry)] == ["Changed the notice.", "Ended the notice."]
    assert page_of("notice", event.pk) not in support_client.get(page_of("change", event.pk)).text


@pytest.mark.parametrize("name", ["notice", "end"])
def test_a_job_is_no_notice(name: str, support_client: Client) -> None:
    event = SystemEventFactory()

    assert support_client.post(page_of(name, event.pk)).status_code == 404


@pytest.mark.parametrize("name", ["set", "notice", "end"])
def test_nobody_else_has_these_pages(name: str, client_of: ClientOf, administrator: User) -> None:
    event = NoticeFactory(tenant=administrator.tenant)
    pk = administrator.tenant_id if name == "set" else event.pk

    response = client_of(administrator).post(page_of(name, pk), TYPED)

    assert response.status_code in (302, 403, 404)
    assert [row.status for row in rows(SystemEvent)] == ["running"]


def test_what_everybody_reads_is_added_changed_and_ended(support_client: Client) -> None:
    said = {"text": "We update on Saturday.", "expected_at_0": "2026-11-28", "expected_at_1": "20:00:00"}

    support_client.post(reverse(f"{PLATFORM}_add"), said)
    (notice,) = rows(PlatformNotice)
    change = reverse(f"{PLATFORM}_change", args=[notice.pk])
    at_login = Client().get("/login/").text
    support_client.post(change, said | {"text": "We update on Sunday."})
    (changed,) = rows(PlatformNotice)
    support_client.post(
        reverse(f"{PLATFORM}_changelist"), {"action": "end", "_selected_action": [notice.pk], "index": "0"}
    )

    assert "We update on Saturday." in at_login
    assert changed.text == "We update on Sunday."
    assert changed.expected_at == datetime(2026, 11, 28, 20, tzinfo=UTC)
    (ended,) = rows(PlatformNotice)
    assert ended.ended_at is not None
    assert "We update on Sunday." not in Client().get("/login/").text
    assert support_client.post(change, said).status_code == 403
    assert len(rows(LogEntry)) == 3


def test_a_platform_notice_says_something_and_what_ended_stays_as_it_was() -> None:
    ended = PlatformNoticeFactory(ended_at=MORNING)

    with support_scope("a test"):
        with pytest.raises(NoText):
            set_platform_notice(text=" ")
        with pytest.raises(NoText):
            change_platform_notice(set_platform_notice(text="x"), text="\n", expected_at=None)
        with pytest.raises(HasEnded):
            change_platform_notice(ended, text="x", expected_at=None)
        with pytest.raises(HasEnded):
            end_platform_notice(ended)
