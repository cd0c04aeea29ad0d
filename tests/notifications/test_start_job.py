"""Starting a job writes down that it is due: once, whoever asks how often."""

import pytest

from config.tenancy.scopes import tenant_scope
from licences.models import Tenant, User
from notifications.models import Job, SystemEvent
from notifications.services.tracker import AlreadyActive, start_job
from tests.factories import JobFactory, SystemEventFactory, TenantFactory, scope_of
from tests.notifications.jobs import Marking, start
from tests.threads import at_once


@pytest.mark.django_db
def test_it_is_queued_with_who_started_it_and_what_it_is(administrator: User) -> None:
    with scope_of(administrator):
        event = start_job(Marking(), tenant=administrator.tenant, by=administrator)

        job = Job.objects.get(event=event)

    assert (event.status, event.name, event.description) == ("queued", "Marking", "Marks rows.")
    assert (event.source, event.key, event.activated_by) == ("console", "Marking", administrator)
    assert (job.kind, job.cursor, job.attempts, job.lease_until, job.ended_at) == ("marking", 0, 0, None, None)


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["queued", "running"])
def test_while_it_is_active_it_is_not_started_again(status: str) -> None:
    event = SystemEventFactory(key="Marking", status=status)

    with pytest.raises(AlreadyActive):
        start(event.tenant)

    with scope_of(event):
        assert not Job.objects.exists()
        assert SystemEvent.objects.count() == 1


@pytest.mark.django_db
def test_what_another_source_runs_is_not_started_either() -> None:
    event = SystemEventFactory(key="Marking", source="https://crm.example")

    with pytest.raises(AlreadyActive):
        start(event.tenant)


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled"])
def test_once_it_has_ended_it_can_be_started_again(status: str) -> None:
    ended = JobFactory(ended=True, event__key="Marking", event__status=status)

    assert start(ended.tenant).event_id != ended.event_id


@pytest.mark.django_db
def test_each_tenant_has_its_own() -> None:
    start(TenantFactory())

    start(TenantFactory())


@pytest.mark.django_db(transaction=True)
def test_of_16_who_start_it_at_once_one_does() -> None:
    tenant = TenantFactory()

    outcomes = at_once([lambda: starting(tenant)] * 16)

    assert len([outcome for outcome in outcomes if isinstance(outcome, AlreadyActive)]) == 15
    with scope_of(tenant):
        assert SystemEvent.objects.count() == Job.objects.count() == 1


def starting(tenant: Tenant) -> SystemEvent:
    with tenant_scope(tenant.pk):
        return start_job(Marking(), tenant=tenant, by=None)
