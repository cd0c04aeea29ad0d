"""Each rule over system events and their jobs notices a row that breaks it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from notifications.invariants import EVENTS, SEARCH
from notifications.models import Job, SearchDocument, SearchWord, SystemEvent
from tests import factories
from tests.factories import LONG_AGO, behind_the_policies
from tests.invariants import assert_invariants, broken

pytestmark = pytest.mark.django_db


def two_events_are_active() -> None:
    first = factories.SystemEventFactory(run="1")
    with behind_the_policies(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP INDEX systemevent_one_active")
    factories.SystemEventFactory(tenant=first.tenant, key=first.key, run="2")


def a_job_outlives_its_event() -> None:
    factories.JobFactory(event__ended=True)


def an_event_outlives_its_job() -> None:
    factories.JobFactory(ended_at=LONG_AGO)


def a_job_that_ended_is_leased() -> None:
    factories.JobFactory(ended=True, lease_until=LONG_AGO + timedelta(seconds=20))


def a_job_succeeds_before_all_is_done() -> None:
    factories.JobFactory(ended=True, event__done=199)


def a_job_succeeds_at_99_percent() -> None:
    factories.JobFactory(ended=True, event__percent=99)


def a_job_says_more_than_it_has_done() -> None:
    factories.JobFactory(event__done=50, event__total=200, event__percent=26)


def a_running_job_says_that_all_is_done() -> None:
    factories.JobFactory(event__done=200, event__total=200, event__percent=100)


def a_notice_says_no_login_and_the_door_is_open() -> None:
    factories.NoticeFactory(key="NoLogin")


def the_door_stays_shut_after_the_notice() -> None:
    notice = factories.NoticeFactory(key="NoLogin", ended=True)
    factories.LoginHoldFactory(tenant=notice.tenant, key=f"notice:{notice.pk}")


def a_document_tells_of_nothing() -> None:
    factories.SearchDocumentFactory()


def a_document_is_not_as_its_source() -> None:
    user = factories.UserFactory()
    with factories.scope_of(user):
        SearchDocument.objects.update(title="Somebody else")


def a_word_leads_to_nothing() -> None:
    user = factories.UserFactory()
    with factories.scope_of(user):
        SearchWord.objects.create(tenant_id=user.tenant_id, kind="user", in_body=True, word="lost", subject=user.pk)


BREAKS: dict[Callable[[], None], str] = {
    two_events_are_active: "at most one event of a key, scope and owner is active",
    a_job_outlives_its_event: "a job has ended exactly when its event has",
    an_event_outlives_its_job: "a job has ended exactly when its event has",
    a_job_that_ended_is_leased: "nobody has a lease on a job that has ended",
    a_job_succeeds_before_all_is_done: "a job that succeeded has done all of its rows",
    a_job_succeeds_at_99_percent: "a job that succeeded has done all of its rows",
    a_job_says_more_than_it_has_done: "the percent of a running job are of its rows",
    a_running_job_says_that_all_is_done: "the percent of a running job are of its rows",
    a_notice_says_no_login_and_the_door_is_open: "people are kept out exactly as long as a notice says so",
    the_door_stays_shut_after_the_notice: "people are kept out exactly as long as a notice says so",
    a_document_tells_of_nothing: "what can be found is what there is, as it is",
    a_document_is_not_as_its_source: "what can be found is what there is, as it is",
    a_word_leads_to_nothing: "each word of a document leads to it, and no other",
}


@pytest.mark.parametrize("seed", BREAKS, ids=lambda seed: seed.__name__)
def test_a_row_that_breaks_a_rule_is_noticed(seed: Callable[[], None]) -> None:
    seed()

    assert broken() == {BREAKS[seed]}


def test_each_rule_has_a_row_that_breaks_it() -> None:
    assert set(BREAKS.values()) == EVENTS.keys() | SEARCH.keys()


def test_rows_that_keep_the_rules_break_none() -> None:
    running = factories.JobFactory(event__done=51, event__total=200, event__percent=25)
    factories.JobFactory(tenant=running.tenant, ended=True, event__key=running.event.key, event__run="2")
    factories.JobFactory(event__key=running.event.key)
    factories.JobFactory(event__status=SystemEvent.Status.FAILED, event__finished_at=LONG_AGO, ended_at=LONG_AGO)

    assert_invariants()
    assert Job.objects.count() == 0, "without a tenant the test itself sees nothing"
