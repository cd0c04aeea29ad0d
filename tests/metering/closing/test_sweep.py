"""Months that are due are closed by the hundred, each with a system event; what fails keeps nobody else."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from config.tenancy.scopes import support_scope
from licences.models import Tenant, User
from metering.models import Invoice, InvoiceLine, MeteredService, UsageDay, UsageDifference, UsageMonth
from notifications.jobs import KINDS
from notifications.jobs.month_close import MonthClose
from notifications.models import EventChange, Job, SystemEvent
from notifications.services.cancelling import NotCancelled, cancel_event
from notifications.services.month_closes import close_due_months
from notifications.services.retrying import retry_event
from notifications.services.tracker import NotRetried, claim, work
from tests.factories import SeatFactory, TenantFactory, scope_of
from tests.metering.closing.months import IN_OCTOBER, NOVEMBER, OCTOBER, SEPTEMBER, after, begun, swept, used
from tests.metering.sending import event, send
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def events(tenant: Tenant) -> list[tuple[str, str]]:
    with scope_of(tenant):
        return list(SystemEvent.objects.of(tenant).order_by("pk").values_list("status", "message"))


def spoil(tenant: Tenant, quantity: int = 9) -> None:
    """A day says what its events do not."""
    with scope_of(tenant):
        UsageDay.objects.update(quantity=Decimal(quantity))


def test_members_read_that_it_is_drawn_and_no_amount(
    metered: Tenant, emails: MeteredService, storage: MeteredService
) -> None:
    begun()
    used(metered, ("a", 620))

    assert [invoice.number for invoice in swept().invoices] == [f"{metered.serial_number}-2026-10"]

    told = "The invoice of October 2026 is drawn: 2 lines."
    assert events(metered) == [("succeeded", told)]
    with scope_of(metered):
        event = SystemEvent.objects.get()
        assert (event.key, event.percent, event.done, event.total) == ("MonthClose", 100, 1, 1)
        assert EventChange.objects.get().note == told
        assert Job.objects.get().subject == 202610


def test_a_second_sweep_changes_nothing(metered: Tenant, emails: MeteredService) -> None:
    used(metered, ("a", 620))
    swept()

    again = swept(after(OCTOBER) + timedelta(hours=1))

    assert (again.invoices, again.failed, len(events(metered))) == ([], {}, 1)


def test_until_its_72_hours_are_over_a_month_is_left(metered: Tenant, emails: MeteredService) -> None:
    used(metered, ("a", 620))
    due = datetime(2026, 11, 3, 23, tzinfo=UTC)  # midnight in Oslo

    assert swept(due - timedelta(microseconds=1)).invoices == []
    assert len(swept(due).invoices) == 1


def test_months_are_closed_in_their_order_and_all_that_are_due(metered: Tenant, emails: MeteredService) -> None:
    for month, name in ((SEPTEMBER, "a"), (OCTOBER, "b"), (NOVEMBER, "c")):
        used(metered, (name, 1), at=datetime.combine(month.first, datetime.min.time(), tzinfo=UTC) + timedelta(days=9))

    drawn = swept(after(NOVEMBER)).invoices

    assert [invoice.month for invoice in drawn] == [SEPTEMBER.first, OCTOBER.first, NOVEMBER.first]


def test_what_does_not_add_up_keeps_nobody_else_and_no_month_before_it(metered: Tenant, emails: MeteredService) -> None:
    other = TenantFactory()
    for tenant in (metered, other):
        used(tenant, ("a", 620))
        used(tenant, ("b", 1), at=IN_OCTOBER + timedelta(days=20))
    with scope_of(metered):
        UsageDay.objects.filter(day__lt=NOVEMBER.first).update(quantity=Decimal(9))

    result = swept(after(NOVEMBER))

    assert [(each.tenant, each.month) for each in result.invoices] == [
        (other, OCTOBER.first),
        (other, NOVEMBER.first),
    ]
    assert list(result.failed) == [metered]
    ((status, message),) = events(metered)
    assert (status, message) == (
        "failed",
        "No invoice: E-mails on 2026-10-20 is not what its events come to. Support has to look.",
    )
    with scope_of(metered):
        assert UsageDay.objects.get(day__lt=NOVEMBER.first).quantity == 9
        differences = UsageDifference.objects.order_by("source")
        assert [(each.source, each.stored, each.counted) for each in differences] == [
            ("", Decimal(620), Decimal(9)),
            ("https://crm.example", Decimal(9), Decimal(620)),
        ]


def test_several_days_that_do_not_add_up_are_counted(metered: Tenant, emails: MeteredService) -> None:
    used(metered, ("a", 620))
    used(metered, ("b", 5), at=IN_OCTOBER + timedelta(days=2))
    spoil(metered)

    swept()

    told = "No invoice: 2 days are not what their events come to, the first E-mails on 2026-10-20. Support has to look."
    assert events(metered) == [("failed", told)]


def test_a_month_alone_that_is_not_what_its_days_come_to_is_told_as_a_month(
    metered: Tenant, emails: MeteredService
) -> None:
    used(metered, ("a", 620))
    with scope_of(metered):
        UsageMonth.objects.update(total=9)

    swept()

    told = "No invoice: E-mails in October 2026 is not what its days come to. Support has to look."
    assert events(metered) == [("failed", told)]
    with scope_of(metered):
        UsageMonth.objects.update(total=620)


def test_what_failed_is_tried_again_the_next_day(metered: Tenant, emails: MeteredService) -> None:
    used(metered, ("a", 620))
    spoil(metered)
    first = after(OCTOBER)

    tried = [len(swept(first + timedelta(hours=hours)).failed) for hours in (0, 1, 23, 24, 25)]
    spoil(metered, 620)
    mended = swept(first + timedelta(hours=48))

    assert tried == [1, 0, 0, 1, 0]
    assert [status for status, _ in events(metered)] == ["failed", "failed", "succeeded"]
    assert len(mended.invoices) == 1


def test_an_administrator_tries_again_by_hand(administrator: User, emails: MeteredService) -> None:
    tenant = administrator.tenant
    used(tenant, ("a", 640))
    spoil(tenant)
    swept()
    spoil(tenant, 640)
    with time_machine.travel(after(OCTOBER), tick=True), scope_of(tenant):
        failed = SystemEvent.objects.get()
        again = retry_event(failed, KINDS, by=administrator)
        with pytest.raises(NotCancelled):
            cancel_event(again, KINDS, by=administrator)
    with scope_of(tenant):
        job = Job.objects.get(event=again)

    with time_machine.travel(after(OCTOBER), tick=True):
        lease = claim(tenant.pk, job.pk, KINDS)
        assert lease is not None
        work(lease, MonthClose())

    assert events(tenant)[-1] == ("succeeded", "The invoice of October 2026 is drawn: 1 line.")
    with scope_of(tenant), pytest.raises(NotRetried):
        retry_event(failed, KINDS, by=administrator)


def test_by_hand_it_fails_visibly_too(administrator: User, emails: MeteredService) -> None:
    tenant = administrator.tenant
    used(tenant, ("a", 640))
    spoil(tenant)
    swept()
    with time_machine.travel(after(OCTOBER), tick=True):
        with scope_of(tenant):
            again = retry_event(SystemEvent.objects.get(), KINDS, by=administrator)
            job = Job.objects.get(event=again)
        lease = claim(tenant.pk, job.pk, KINDS)
        assert lease is not None
        work(lease, MonthClose())

    assert [status for status, _ in events(tenant)] == ["failed", "failed"]
    assert "E-mails on 2026-10-20" in events(tenant)[-1][1]


def test_the_first_use_of_a_service_in_a_month_that_is_invoiced_is_late(
    metered: Tenant, emails: MeteredService, storage: MeteredService
) -> None:
    used(metered, ("a", 620))
    swept()
    late = after(OCTOBER) + timedelta(hours=1)
    with time_machine.travel(late, tick=False), scope_of(metered):
        send(metered, [event("first", "storage", time=IN_OCTOBER, quantity=20)])
    used(metered, ("b", 1), at=late)

    assert swept(late + timedelta(hours=1)).invoices == []
    (november,) = swept(after(NOVEMBER)).invoices

    with scope_of(metered):
        line = InvoiceLine.objects.get(invoice=november, service=storage, month=OCTOBER.first)
    assert (line.kind, line.edition, line.used, line.amount_minor) == ("late", 0, 20, 2500)


def test_the_command_says_what_it_did(metered: Tenant, emails: MeteredService) -> None:
    other = TenantFactory()
    for tenant in (metered, other):
        used(tenant, ("a", 620))
    spoil(other)
    said = StringIO()

    with time_machine.travel(after(OCTOBER), tick=False), pytest.raises(CommandError, match=r"^Not closed: 1\.$"):
        call_command("close_month", "2026-10", stdout=said)

    lines = said.getvalue().splitlines()
    assert lines[0] == f"{metered.serial_number}-2026-10: 500 EUR in minor units"
    assert lines[1].startswith(f"{other}: No invoice: E-mails on 2026-10-20 is not")
    assert lines[2] == "2026-10: 1 invoices drawn, 1 not yet."


def test_the_command_wants_a_month() -> None:
    with pytest.raises(CommandError, match="written as 2026-10"):
        call_command("close_month", "October")


@pytest.mark.django_db(transaction=True)
def test_many_sweeps_at_once_do_what_one_does(emails: MeteredService) -> None:
    tenants = [SeatFactory(licence__type__plan=True, user__administrator=True).user.tenant for _ in range(5)]
    for tenant in tenants:
        used(tenant, ("a", 640))
    spoil(tenants[0])

    with time_machine.travel(after(OCTOBER), tick=False):
        results = at_once([lambda: close_due_months(MonthClose)] * 6)
        close_due_months(MonthClose)

    assert not [result for result in results if isinstance(result, Exception)]
    assert [[status for status, _ in events(tenant)] for tenant in tenants] == [["failed"], *[["succeeded"]] * 4]
    with support_scope("a test looks at every invoice"):
        assert Invoice.objects.count() == 4
    spoil(tenants[0], 640)
