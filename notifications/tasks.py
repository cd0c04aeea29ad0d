"""What the worker runs. A message is only a nudge: jobs are remembered, handed out and claimed in PostgreSQL."""

from importlib import import_module

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from licences.services import (
    api_answers,
    fetching,
    licence_dates,
    limits,
    reservations,
    retention,
    service_clocks,
    support_time,
)
from metering.services import allowances, differences, uncounted
from metering.services import retention as usage_retention
from notifications.jobs import KINDS
from notifications.jobs.counter_regeneration import CounterRegeneration
from notifications.jobs.freetext_rebuild import FreetextRebuild
from notifications.jobs.month_close import MonthClose
from notifications.services import (
    deadline_mails,
    forgetting,
    indexing,
    licence_date_mails,
    limit_mails,
    mail,
    month_closes,
    nightly,
    outbox,
    request_mails,
    tracker,
    usage_mails,
)

MESSAGE_EXPIRES_SECONDS = 30
FETCHING_EXPIRES_SECONDS = 300
CARRIERS = {mail.KIND: mail.deliver}
CLOSING_SECONDS = 600
"""Whatever a sweep has not come to by then the next one does."""
MAIL_SECONDS = outbox.DEADLINE.seconds + 5
"""A run takes new mail for five seconds."""


@shared_task
def hand_out_jobs() -> None:
    """Nudge a worker for every job that is due, of every tenant."""
    for tenant_id, job_id in tracker.due_jobs():
        run_job.apply_async((tenant_id, job_id), expires=MESSAGE_EXPIRES_SECONDS)


@shared_task
def run_job(tenant_id: int, job_id: int) -> None:
    """Work on the job if nobody else does."""
    lease = tracker.claim(tenant_id, job_id, KINDS)
    if lease is not None:
        tracker.work(lease, KINDS[lease.kind]())


@shared_task
def start_nightly_jobs() -> None:
    """Have every tenant's counters regenerated once a night."""
    nightly.start_nightly(CounterRegeneration())


@shared_task
def clear_expired_sessions() -> None:
    """Forget sessions that nobody can use any more."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@shared_task
def hand_out_fetching() -> None:
    """Have the licence server asked for every tenant whose turn it is."""
    for tenant_id in fetching.due_tenants():
        fetch_licences.apply_async((tenant_id,), expires=FETCHING_EXPIRES_SECONDS)


@shared_task
def fetch_licences(tenant_id: int) -> None:
    """Take in a new licence that the vendor has for the tenant."""
    fetching.fetch_if_due(tenant_id)


@shared_task
def note_licence_dates() -> None:
    """Write down which dates of licences are reached, for administrators to be told."""
    licence_dates.note_all_dates_reached()


@shared_task
def drop_old_use() -> None:
    """Forget days that no report looks back to, and files of requests that were closed long ago."""
    retention.drop_old_days()
    retention.drop_old_files()


@shared_task(soft_time_limit=MAIL_SECONDS, time_limit=MAIL_SECONDS + 10)
def deliver_mail() -> None:
    """Carry out what is due in the outbox."""
    if outbox.carry_out_due(CARRIERS):
        deliver_mail.apply_async(expires=MESSAGE_EXPIRES_SECONDS)


@shared_task
def tell_of_licence_dates() -> None:
    """Write to administrators about the dates that their licences have come to."""
    licence_date_mails.tell_of_licence_dates()


@shared_task
def tell_of_requests() -> None:
    """Write to contacts and to the support desk about what happened to requests."""
    request_mails.tell_of_requests()


@shared_task
def tell_of_limits() -> None:
    """Write to administrators about plan limits that are near or reached."""
    limit_mails.tell_of_limits()


@shared_task
def tell_of_usage() -> None:
    """Write to administrators about usage that came near what is included, or went beyond it."""
    usage_mails.tell_of_usage()


@shared_task
def tell_of_deadlines() -> None:
    """Write to the support desk about deadlines that are near or were missed."""
    deadline_mails.tell_of_deadlines()


@shared_task
def note_deadlines() -> None:
    """Write down which promises came near their deadlines or were missed."""
    service_clocks.note_deadlines()


@shared_task
def expire_reservations() -> None:
    """Give back what was reserved and is not confirmed in time."""
    reservations.expire_reservations()


@shared_task
def settle_limits() -> None:
    """Put limits in force whose day has come."""
    limits.settle_all_limits()


@shared_task
def settle_allowances() -> None:
    """Begin this month's usage where it has not begun, and work out the allowances that have changed."""
    allowances.open_months()
    allowances.settle_all()


@shared_task(soft_time_limit=CLOSING_SECONDS, time_limit=CLOSING_SECONDS + 10)
def close_months() -> None:
    """Draw the invoices of the months that are over."""
    month_closes.close_due_months(MonthClose)


@shared_task
def compare_usage() -> None:
    """Hold the last days of usage against their events."""
    differences.compare_days()


@shared_task
def keep_usage_tables() -> None:
    """Make tables for the events of the months to come, and forget events that are old or were never counted."""
    usage_retention.keep_partitions()
    usage_retention.forget_keys()
    uncounted.forget_uncounted(timezone.now())


@shared_task
def write_support_budgets() -> None:
    """Write down the support time that comes with this month."""
    support_time.write_budgets()


@shared_task
def forget_old_answers() -> None:
    """Forget what product back ends were answered long ago."""
    api_answers.forget_old_answers()


@shared_task
def forget_old_mail() -> None:
    """Forget mail that went out long ago."""
    outbox.forget_old_entries()


@shared_task
def forget_files() -> None:
    """Forget uploaded files whose day is over."""
    forgetting.forget_files()


def nudge_outbox() -> None:
    """Carry out what is written now as soon as this transaction is committed; without a broker the next sweep does."""
    transaction.on_commit(lambda: deliver_mail.apply_async(expires=MESSAGE_EXPIRES_SECONDS), robust=True)


@shared_task
def rebuild_index_where_needed() -> None:
    """Index what was there before the index, and anew where the tenant's language has changed."""
    indexing.rebuild_where_needed(FreetextRebuild())


def nudge() -> None:
    """Hand out jobs as soon as this transaction is committed; without a broker the next sweep does it."""
    transaction.on_commit(lambda: hand_out_jobs.apply_async(expires=MESSAGE_EXPIRES_SECONDS), robust=True)
