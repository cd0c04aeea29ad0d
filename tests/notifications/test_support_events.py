"""What support staff see and do of the system events of every tenant, in Django admin."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.tenancy.scopes import support_scope
from licences.models import User
from notifications.event_kinds import Notice
from notifications.jobs.counter_regeneration import CounterRegeneration
from notifications.models import EventChange, Job, SystemEvent
from tests.factories import JobFactory, SystemEventFactory, TenantFactory
from tests.licences.conftest import support_client
from tests.notifications.jobs import now, start

__all__ = ["support_client"]

LIST = reverse("admin:notifications_systemevent_changelist")
KIND = CounterRegeneration


def shown(client: Client, **query: object) -> set[SystemEvent]:
    return set(client.get(LIST, query).context["cl"].result_list)


def do(client: Client, action: str, *events: SystemEvent) -> str:
    """Tick the events and press the action; returns what is said afterwards."""
    ticked = [event.pk for event in events]
    response = client.post(LIST, {"action": action, "_selected_action": ticked}, follow=True)
    return " ".join(str(message) for message in response.context["messages"])


def test_the_list_narrows_to_a_tenant_a_state_and_what_is_stalled(support_client: Client) -> None:
    mine, other = TenantFactory(), TenantFactory()
    failed = SystemEventFactory(tenant=mine, ended=True, status="failed")
    silent = SystemEventFactory(tenant=mine)
    lively = SystemEventFactory(tenant=mine, heartbeat_at=timezone.now())
    theirs = SystemEventFactory(tenant=other)
    notice = SystemEventFactory(tenant=other, key=Notice.NO_TRAVEL)

    assert shown(support_client, tenant__id__exact=mine.pk) == {failed, silent, lively}
    assert shown(support_client, status__exact="failed") == {failed}
    assert shown(support_client, stalled="1") == {silent, theirs}
    assert shown(support_client, stalled="1", tenant__id__exact=mine.pk) == {silent}
    assert shown(support_client, stalled="x") == {failed, silent, lively, theirs, notice}


@pytest.mark.parametrize("number", ["", "0", "x", "9" * 60, "-1", "١"])
def test_a_tenant_that_is_none_shows_nothing_or_everything_and_breaks_nothing(
    support_client: Client, number: str
) -> None:
    SystemEventFactory()

    assert support_client.get(LIST, {"tenant__id__exact": number}).status_code == 200


def test_a_tenant_leads_to_its_events_and_an_event_to_its_log(support_client: Client) -> None:
    job = start(TenantFactory(company_name="Skog og Hav"))

    listed = support_client.get(LIST).content.decode()
    page = support_client.get(reverse("admin:notifications_systemevent_change", args=[job.event_id])).content.decode()

    assert f"{LIST}?tenant__id__exact={job.tenant_id}" in listed
    assert "the system" in page
    assert "marking" in page


def test_support_cancels_by_the_same_rules_and_is_noted_by_name(support_client: Client, support: User) -> None:
    job = start(TenantFactory(), KIND())
    fixed = SystemEventFactory(key="UDefRebuild", source="https://crm.example")

    said = do(support_client, "cancel", now(job).event, fixed)

    assert "Cancelled, or asked to stop." in said
    assert "cannot be cancelled" in said
    with support_scope("a test looks"):
        assert set(SystemEvent.objects.values_list("status", flat=True)) == {"cancelled", "running"}
        assert EventChange.objects.filter(event=job.event_id, by_name=support.login_id).exists()
        assert LogEntry.objects.get().object_id == str(job.event_id)


def test_support_tries_again_what_has_stopped(support_client: Client, support: User) -> None:
    failed = JobFactory(ended=True, kind=KIND.code, event__key=KIND.key, event__status="failed")
    succeeded = JobFactory(ended=True, kind=KIND.code, event__key=KIND.key)
    busy = JobFactory(ended=True, kind=KIND.code, event__key=KIND.key, event__status="failed")
    SystemEventFactory(tenant=busy.tenant, key=KIND.key, source="https://crm.example")

    said = do(support_client, "try_again", failed.event, succeeded.event, busy.event)

    assert all(part in said for part in ("Started again.", "has not stopped", "is under way already"))
    with support_scope("a test looks"):
        (again,) = Job.objects.exclude(pk__in=[failed.pk, succeeded.pk, busy.pk])
        assert again.tenant_id == failed.tenant_id
        assert EventChange.objects.get(event=again.event_id).by_name == support.login_id


def test_an_event_can_be_cancelled_from_its_own_page(support_client: Client) -> None:
    job = start(TenantFactory(), KIND())
    page = reverse("admin:notifications_systemevent_change", args=[job.event_id])

    response = support_client.get(page)

    assert "Try again" in response.content.decode()


def test_what_is_stalled_is_marked(support_client: Client) -> None:
    event = SystemEventFactory(heartbeat_at=timezone.now() - timedelta(hours=1))

    assert event.is_stalled
    assert '<td class="field-stalled">Stalled</td>' in support_client.get(LIST).content.decode()
