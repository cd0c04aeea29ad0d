"""The search index is built anew: it is what the writes have kept, wherever it is stopped, and while it is searched."""

import pytest
from django.db import connection

from config.tenancy.scopes import support_scope
from licences.models import Tenant
from notifications.jobs import KINDS
from notifications.jobs.freetext_rebuild import FreetextRebuild
from notifications.models import Job, SearchDocument, SystemEvent
from notifications.services.cancelling import cancel_event
from notifications.services.indexing import rebuild_where_needed
from notifications.services.tracker import retry_job, run_chunk, work
from tests.factories import (
    LicenceFactory,
    SearchDocumentFactory,
    SystemEventFactory,
    TenantFactory,
    UserFactory,
    scope_of,
)
from tests.notifications.finding import Index, forget_index, index_of, titles
from tests.notifications.jobs import let_lease_expire, now, start, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    """With five users, two licences and an event."""
    tenant = TenantFactory()
    UserFactory.create_batch(5, tenant=tenant)
    LicenceFactory.create_batch(2, tenant=tenant)
    SystemEventFactory(tenant=tenant)
    return tenant


class Rebuild(FreetextRebuild):
    """In chunks of two."""

    chunk = 2


def index_beside(job: Job) -> Index:
    """The tenant's index without the rebuild itself, which is an event that can be found as well."""
    documents, words = index_of(now(job).event.tenant)
    own = ("event", job.event_id)
    return {row for row in documents if row[:2] != own}, {row for row in words if (row[0], row[3]) != own}


def test_what_is_rebuilt_from_nothing_is_what_the_writes_had_kept(tenant: Tenant) -> None:
    job = start(tenant, Rebuild())
    kept = index_beside(job)
    forget_index()

    work(take(job), Rebuild())

    assert index_beside(job) == kept
    event = now(job).event
    assert (event.status, event.done, event.percent) == ("succeeded", 9, 100)
    assert event.message == "Search index built. Things that can be found: 9."


def test_what_is_right_is_not_written_again(tenant: Tenant) -> None:
    job = start(tenant, Rebuild())
    with scope_of(tenant):
        ids = set(SearchDocument.objects.values_list("pk", flat=True))

    work(take(job), Rebuild())

    with scope_of(tenant):
        assert set(SearchDocument.objects.values_list("pk", flat=True)) == ids


def test_what_tells_of_nothing_is_removed_and_what_is_wrong_put_right(tenant: Tenant) -> None:
    SearchDocumentFactory(tenant=tenant, title="Nobody")
    SearchDocumentFactory(tenant=tenant, title="Nobody", subject=0, kind="licence")
    with scope_of(tenant):
        SearchDocument.objects.filter(kind="user", subject__lt=900_000_000).update(title="Somebody else")

    work(take(start(tenant, Rebuild())), Rebuild())

    assert titles(tenant, "nobody") == titles(tenant, "somebody") == []
    assert len(titles(tenant, "ask")) == 5


def test_a_worker_that_is_lost_after_any_chunk_loses_nothing(tenant: Tenant) -> None:
    job = start(tenant, Rebuild())
    kept = index_beside(job)
    forget_index()

    while run_chunk(take(job), Rebuild()):
        let_lease_expire(job)

    assert index_beside(job) == kept
    assert (now(job).event.status, now(job).event.done) == ("succeeded", 9)


def test_another_attempt_goes_on_where_the_first_was_cancelled(tenant: Tenant) -> None:
    administrator = UserFactory(tenant=tenant, administrator=True)
    job = start(tenant, Rebuild())
    lease = take(job)
    run_chunk(lease, Rebuild())
    with scope_of(tenant):
        cancel_event(now(job).event, KINDS, by=administrator)
    assert not run_chunk(lease, Rebuild())
    assert now(job).event.status == "cancelled"
    assert now(job).event.message.startswith("Stopped after 2 of 10 things.")

    with scope_of(tenant):
        again = Job.objects.get(event=retry_job(now(job).event, FreetextRebuild(), by=administrator))

    assert again.cursor == now(job).cursor > 0
    work(take(again), Rebuild())
    assert now(again).event.status == "succeeded"


def test_another_tenants_index_is_left_alone(tenant: Tenant) -> None:
    other = SearchDocumentFactory(title="Nobody").tenant

    work(take(start(tenant, Rebuild())), Rebuild())

    with scope_of(other):
        assert SearchDocument.objects.filter(title="Nobody").exists()


def rebuilding(tenant: Tenant) -> list[SystemEvent]:
    with scope_of(tenant):
        return list(SystemEvent.objects.filter(key=FreetextRebuild.key))


def test_it_starts_by_itself_for_what_was_there_before_the_index(tenant: Tenant) -> None:
    TenantFactory()
    forget_index()

    assert rebuild_where_needed(Rebuild()) == 1
    assert len(rebuilding(tenant)) == 1

    with scope_of(tenant):
        SearchDocument.objects.all().delete()
    assert rebuild_where_needed(Rebuild()) == 0, "once a day is enough"


def test_it_starts_by_itself_when_the_tenant_speaks_another_language(tenant: Tenant) -> None:
    assert rebuild_where_needed(Rebuild()) == 0

    with support_scope("a test changes a language"):
        Tenant.objects.filter(pk=tenant.pk).update(language="sv")

    assert rebuild_where_needed(Rebuild()) == 1
    with scope_of(tenant):
        work(take(Job.objects.get(event__key=FreetextRebuild.key)), Rebuild())
        assert set(SearchDocument.objects.values_list("language", flat=True)) == {"simple", "swedish"}
    assert rebuild_where_needed(Rebuild()) == 0


def test_words_that_are_missing_come_back(tenant: Tenant) -> None:
    job = start(tenant, Rebuild())
    kept = index_beside(job)
    with scope_of(tenant), connection.cursor() as cursor:
        cursor.execute("DELETE FROM notifications_searchword")
    assert titles(tenant, "ask") == []

    work(take(job), Rebuild())

    assert index_beside(job) == kept
