"""After 400 days records are forgotten: what has ended, of every tenant, and nothing that somebody still needs."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from licences.models import Tenant
from notifications.event_kinds import Notice
from notifications.models import EventChange, Import, Job, Occurrence, SearchDocument, SystemEvent
from notifications.services import forgetting
from notifications.services.forgetting import RECORDS_KEPT, forget_files
from tests.factories import (
    EventChangeFactory,
    ImportFactory,
    JobFactory,
    NoticeFactory,
    OccurrenceFactory,
    SystemEventFactory,
    TenantFactory,
    scope_of,
)

pytestmark = pytest.mark.django_db

NOW = timezone.now()
OLD, RECENT = NOW - RECORDS_KEPT - timedelta(hours=1), NOW - RECORDS_KEPT + timedelta(hours=1)


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory()


def left(tenant: Tenant) -> list[str]:
    """The names of the events that are left after the sweep."""
    with time_machine.travel(NOW, tick=False):
        forget_files()
    with scope_of(tenant):
        return list(SystemEvent.objects.order_by("name").values_list("name", flat=True))


def test_events_go_with_their_log_their_job_and_their_place_in_the_search(tenant: Tenant) -> None:
    job = JobFactory(tenant=tenant, ended=True, event__activated_at=OLD, event__finished_at=OLD)
    EventChangeFactory(tenant=tenant, event=job.event, at=OLD)

    assert left(tenant) == []

    with scope_of(tenant):
        assert not any(model.objects.exists() for model in (Job, EventChange))
        assert not SearchDocument.objects.filter(kind="event").exists()


def test_what_ended_later_is_active_or_only_began_long_ago_stays(tenant: Tenant) -> None:
    SystemEventFactory(tenant=tenant, name="Gone", ended=True, activated_at=OLD, finished_at=OLD)
    SystemEventFactory(tenant=tenant, name="Began long ago", ended=True, activated_at=OLD, finished_at=RECENT)
    SystemEventFactory(tenant=tenant, name="Runs", activated_at=OLD)
    NoticeFactory(tenant=tenant, key=Notice.NO_TRAVEL, name="Stands", activated_at=OLD)

    assert left(tenant) == ["Began long ago", "Runs", "Stands"]


def test_imports_and_occurrences_go_too(tenant: Tenant) -> None:
    event = SystemEventFactory(tenant=tenant, ended=True, activated_at=OLD, finished_at=OLD)
    ImportFactory(tenant=tenant, state="done", created_at=OLD, forgotten_at=OLD, file_name="old", event=event)
    ImportFactory(tenant=tenant, state="done", created_at=RECENT, forgotten_at=RECENT, file_name="recent")
    OccurrenceFactory(tenant=tenant, started_at=OLD, due_on=(OLD - timedelta(days=1)).date())
    OccurrenceFactory(tenant=tenant, started_at=RECENT, due_on=RECENT.date())

    assert left(tenant) == []

    with scope_of(tenant):
        assert list(Import.objects.values_list("file_name", flat=True)) == ["recent"]
        assert list(Occurrence.objects.values_list("due_on", flat=True)) == [RECENT.date()]


def test_an_import_that_a_job_still_works_on_stays_with_its_event(tenant: Tenant) -> None:
    event = SystemEventFactory(tenant=tenant, name="Runs", activated_at=OLD)
    ImportFactory(tenant=tenant, state="running", created_at=OLD, event=event)

    assert left(tenant) == ["Runs"]

    with scope_of(tenant):
        assert Import.objects.get().event_id == event.pk


def test_of_every_tenant_and_however_many(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", 2)
    other = TenantFactory()
    for owner in (tenant, other):
        for _ in range(5):
            SystemEventFactory(tenant=owner, ended=True, activated_at=OLD, finished_at=OLD)

    assert (left(tenant), left(other)) == ([], [])
