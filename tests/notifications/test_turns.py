"""Of one tenant one file is read at a time; the others wait, visibly, and nobody else waits with them."""

import pytest
from django.urls import reverse

from licences.models import User
from notifications.jobs import KINDS
from notifications.jobs.import_reading import ImportReading
from notifications.models import Job
from notifications.services.cancelling import cancel_event
from notifications.services.tracker import Lease, claim, run_chunk, start_job
from tests.conftest import ClientOf
from tests.factories import ImportFactory, SeatFactory, TenantFactory, UserFactory, scope_of
from tests.notifications.imports import Wizard, last_import, upload, work_off
from tests.notifications.jobs import Marking, let_lease_expire, now, start
from tests.pages import element, table, text
from tests.threads import at_once


def reading(user: User) -> Job:
    """A file of the user's that is to be read."""
    imported = ImportFactory(tenant=user.tenant, state="reading")
    with scope_of(user):
        event = start_job(ImportReading(), tenant=user.tenant, by=user, owner=user.login_id, subject=imported.pk)
        imported.event = event
        imported.save(update_fields=["event"])
        return Job.objects.select_related("tenant").get(event=event)


def begin(job: Job) -> Lease | None:
    return claim(job.tenant_id, job.pk, KINDS)


@pytest.fixture
def jobs(administrator: User) -> list[Job]:
    """Files of two administrators of a tenant."""
    return [reading(user) for user in (administrator, UserFactory(tenant=administrator.tenant, administrator=True))]


@pytest.mark.django_db
def test_a_second_file_of_the_tenant_waits_until_the_first_is_read(jobs: list[Job]) -> None:
    first, second = jobs
    assert begin(first)

    assert begin(second) is None
    assert (now(second).event.status, now(second).token, now(second).attempts) == ("queued", 0, 0)

    with scope_of(first.tenant):
        Job.objects.filter(pk=first.pk).update(ended_at=now(first).event.activated_at, lease_until=None)
    assert begin(second)


@pytest.mark.django_db
def test_a_file_whose_worker_was_lost_holds_up_nobody_and_waits_in_its_turn(jobs: list[Job]) -> None:
    first, second = jobs
    begin(first)
    let_lease_expire(first)

    assert begin(second)
    assert begin(first) is None


@pytest.mark.django_db
def test_other_tenants_and_other_jobs_do_not_wait(jobs: list[Job]) -> None:
    begin(jobs[0])
    marking = start(jobs[0].tenant, Marking())

    assert begin(reading(UserFactory(administrator=True)))
    assert begin(marking)
    assert begin(start(TenantFactory(), Marking()))


@pytest.mark.django_db
def test_a_file_that_waits_can_be_cancelled(jobs: list[Job], administrator: User) -> None:
    begin(jobs[0])

    with scope_of(administrator):
        cancel_event(now(jobs[1]).event, KINDS, by=administrator)

    assert now(jobs[1]).event.status == "cancelled"


@pytest.mark.django_db(transaction=True)
def test_of_many_that_begin_at_once_one_does() -> None:
    tenant = TenantFactory()
    jobs = [reading(UserFactory(tenant=tenant, administrator=True)) for _ in range(8)]

    leases = [lease for lease in at_once([lambda job=job: begin(job) for job in jobs]) if lease is not None]

    assert [type(lease) for lease in leases] == [Lease]


@pytest.mark.django_db
def test_who_waits_is_told_and_has_the_file_read_afterwards(administrator: User, client_of: ClientOf) -> None:
    wizard = Wizard(administrator, client_of)
    upload(wizard.client)
    with scope_of(wizard.tenant):
        job = Job.objects.get(event=wizard.imported.event_id)
    lease = begin(job)
    assert lease
    run_chunk(lease, ImportReading())
    with scope_of(wizard.tenant):
        licence = administrator.seats.select_related("licence__tenant").get().licence
    second = upload(client_of(SeatFactory(licence=licence, user__administrator=True).user))

    page = wizard.client.get(second["Location"])

    assert "Another file of your company is being read." in text(element(page, "panel"))
    states = [row[1] for row in table(wizard.client.get(reverse("notifications:events")), "events")]
    assert states == ["Queued", "Running 99 %"]
    let_lease_expire(job)
    work_off(wizard.tenant)
    assert last_import(wizard.tenant).state == "read"
