"""Thirteen months of usage for the demo tenant that has metered services: for development only, invented.

It is counted and invoiced as real usage is, each batch and each close at the time at which it would have been; what
came when is in metering/demo_uses.py. Nothing here writes past the services that everything else goes through.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Final

from django.db.models import Sum
from django.utils import timezone

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import Tenant, User
from metering.demo_uses import CHATS, LOGINS, MAILINGS, PAST, SOURCES, Use, late_use, uses
from metering.events import Reason, Sent, key_of, payload_of
from metering.models import MeteredService, Tariff, UsageDay, UsageEvent, UsageMonth
from metering.periods import Month
from metering.rating import allowance
from metering.reports.users import peak_users
from metering.services.allowances import settle_months_of
from metering.services.closing import close
from metering.services.corrections import adjust
from metering.services.counting import Countable, count
from metering.services.ingest import Status
from metering.services.producer_totals import report_totals
from metering.services.uncounted import Uncounted, note_repeats, note_uncounted

LATELY: Final = timedelta(days=16)
"""From then on usage comes in every day; before, a week at a time is enough to look at."""
LATE_AFTER: Final = 3
"""The month, so many ago, of which something came when its invoice was final: the next invoice has it."""
TOLD: Final = (MAILINGS, CHATS, LOGINS)
TOLD_FOR: Final = 30
"""Days for which back ends have told their own totals."""
TOLD_AT: Final = time(0, 20)
SENT_AT, CAME_AT = time(9, 40), time(9, 41)
"""On the tenant's clock, of what was not counted."""
TO_STAFF: Final = Decimal(640)
WHY_LESS: Final = "A mailing to the company's own staff was a test, and is not charged"
MISSING: Final = Decimal(6)
"""So many chats of one day never arrived here."""


def give_usage(tenant: Tenant, *, support: User) -> bool:
    """Let the tenant have used its metered services, and `support` have corrected a month that was invoiced; false on
    CRM Suite, and where usage is known already."""
    if tenant.is_suite:
        return False
    with tenant_scope(tenant.pk):
        if UsageEvent.objects.filter(tenant=tenant).exists():
            return False
        _Story(tenant).tell()
    with support_scope("correct the demo's usage"):
        _correct(tenant, by=support)
    return True


def _correct(tenant: Tenant, *, by: User) -> None:
    """Of the last month that has an invoice: it goes to the next one."""
    invoiced = UsageMonth.objects.filter(tenant=tenant, service__code=MAILINGS, edition__gt=0).select_related("service")
    last = invoiced.order_by("month").last()
    if last is not None:
        adjust(tenant, service=last.service, month=last.month, quantity=-TO_STAFF, reason=WHY_LESS, by=by)


def _tariffs(tenant: Tenant, month: Month) -> dict[str, Tariff]:
    """The tariff of each service that the demo uses: the one in force, or where there was none yet, the first."""
    tariffs = Tariff.objects.filter(currency=tenant.currency, service__code__in=SOURCES).select_related("service")
    first = tariffs.order_by("service_id", "valid_from").distinct("service_id")
    return {tariff.service.code: tariff for tariff in [*first, *tariffs.in_force(month)]}


class _Story:
    """Month after month: what was used, what came late, and its invoice."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant, self._now = tenant, timezone.now()
        self._services = {service.code: service for service in MeteredService.objects.all()}
        this = Month.of(tenant.today)
        self._months = {this.plus(-ago): ago for ago in range(PAST, -1, -1)}
        self._users = peak_users([(tenant, month) for month in self._months])

    def tell(self) -> None:
        for month, ago in self._months.items():
            for at, batch in self._batches(month, ago):
                self._count(batch, at)
            closed_at = month.closes(self._tenant.zone) + timedelta(hours=2, minutes=40)
            if closed_at <= self._now:
                close([self._tenant], month, at=closed_at)
            if ago in (1, LATE_AFTER):
                self._come_late(month, closed_at)
        self._note_what_was_not_counted()
        self._tell_totals()

    def _batches(self, month: Month, ago: int) -> Iterator[tuple[datetime, list[Use]]]:
        """What comes together, and when: a source's day, or long ago its week."""
        for code, tariff in _tariffs(self._tenant, month).items():
            included = allowance(tariff.terms, self._users.get((self._tenant.pk, month.first), 0))
            found = uses(code, month, zone=self._tenant.zone, allowance=included, ago=ago, now=self._now)
            for _, batch in groupby(found, key=self._together):
                together = list(batch)
                yield min(together[-1].time + timedelta(seconds=20), self._now), together

    def _together(self, use: Use) -> object:
        day = use.time.astimezone(self._tenant.zone).date()
        return day if use.time > self._now - LATELY else day.isocalendar()[:2]

    def _count(self, batch: Sequence[Use], at: datetime) -> None:
        source = SOURCES[batch[0].service]
        gauges = [each.pk for each in self._services.values() if each.kind == MeteredService.Kind.GAUGE]
        countable = [self._countable(use, source) for use in batch]
        counted = count(self._tenant, countable, gauges=gauges, at=at)
        if counted.unsettled:
            settle_months_of(self._tenant, counted.unsettled, at=at)

    def _countable(self, use: Use, source: str) -> Countable:
        return Countable(
            key=key_of(source, use.event_id),
            payload=payload_of(_sent(use)),
            source=source,
            service_id=self._services[use.service].pk,
            day=use.time.astimezone(self._tenant.zone).date(),
            time=use.time,
            event_id=use.event_id,
            subject=use.subject,
            quantity=use.quantity,
        )

    def _come_late(self, month: Month, closed_at: datetime) -> None:
        """Two blocks of e-mails, days after the invoice."""
        at = closed_at + timedelta(days=6, hours=5)
        tariffs = _tariffs(self._tenant, month)
        if MAILINGS in tariffs and at <= self._now:
            quantity = 2 * tariffs[MAILINGS].block_size
            self._count([late_use(MAILINGS, month, zone=self._tenant.zone, quantity=quantity)], at)

    def _note_what_was_not_counted(self) -> None:
        """Sent twice, which does no harm; under an id that was taken; and what cannot be counted at all."""
        for ago, service, times in ((2, LOGINS, 4), (9, CHATS, 9), (9, LOGINS, 2), (16, MAILINGS, 12)):
            at, service_id = self._now - timedelta(days=ago, hours=3), self._services[service].pk
            note_repeats(self._tenant, {(service_id, SOURCES[service]): times}, at=at)
        for ago, use, reason in self._faulty():
            status = Status.CONFLICT if reason == Reason.ID_REUSED else Status.REJECTED
            fault = Uncounted(_raw(use), SOURCES.get(use.service, SOURCES[MAILINGS]), None, status, reason)
            note_uncounted(self._tenant, [fault], at=self._on(ago, CAME_AT))

    def _faulty(self) -> Iterator[tuple[int, Use, Reason]]:
        def use(service: str, days: int, event_id: str, quantity: int) -> Use:
            return Use(service, self._on(days, SENT_AT), event_id, "", Decimal(quantity))

        taken = Month.of(self._tenant.today).plus(-1)
        yield 11, use(MAILINGS, 11, f"mailing-{taken.first:%y%m}1-1", 2_400), Reason.ID_REUSED
        yield 3, use("sms-messages", 3, "sms-2209", 40), Reason.UNKNOWN_SERVICE
        yield 8, use(CHATS, 61, "chat-sessions-of-a-test", 12), Reason.EVENT_TOO_OLD
        yield 20, use(LOGINS, 20, "customer-centre-logins-import", -3), Reason.INVALID_QUANTITY

    def _on(self, ago: int, clock: time) -> datetime:
        return datetime.combine(self._tenant.today - timedelta(days=ago), clock, tzinfo=self._tenant.zone)

    def _tell_totals(self) -> None:
        """What the back ends say their days came to: the same, but for one day of chats."""
        since = self._tenant.today - timedelta(days=TOLD_FOR)
        counted = UsageDay.objects.filter(tenant=self._tenant, day__gte=since, day__lt=self._tenant.today)
        days = counted.filter(service__code__in=TOLD).order_by("-day").values_list("service__code", "day", "source")
        sums = list(days.annotate(quantity=Sum("quantity")))
        short = [row for row in sums if row[0] == CHATS][4:5]
        for row in sums:
            code, day, source, quantity = row
            told = {self._services[code]: quantity + (MISSING if row in short else 0)}
            at = datetime.combine(day + timedelta(days=1), TOLD_AT, tzinfo=self._tenant.zone)
            report_totals(self._tenant, told, day=day, source=source, at=at)


def _sent(use: Use) -> Sent:
    return Sent(use.event_id, SOURCES[use.service], use.service, use.time, use.subject, use.quantity)


def _raw(use: Use) -> bytes:
    """As it came."""
    moment = f"{use.time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    said = {"specversion": "1.0", "id": use.event_id, "type": use.service, "time": moment}
    return json.dumps(said | {"data": {"quantity": int(use.quantity)}}).encode()
