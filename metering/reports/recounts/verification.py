"""Does the lines of an invoice again from what they stand on. Sources: design §14.8, metering rules R25, R-23.

A line stands on the events of its service and month that were counted by then: those of its own edition and of earlier
ones. Terms, users and what a gauge began with are taken as the line has them written down. Once the events have been
dropped, the days that are kept are held against the digest of the line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from metering.models import Correction, Invoice, InvoiceLine, MeteredService, UsageDay
from metering.partitions import KEPT_DAYS, name_of
from metering.periods import Month
from metering.rating import Rating, Terms, number_that_counts, plain, rate
from metering.reports.gauges import shown_by
from metering.reports.invoices.drawing import CONTINUED, Before
from metering.reports.recounts.counted import (
    DayCount,
    DayKey,
    MonthEdition,
    be_patient,
    counted_days,
    digest_of,
    events_by_day,
    spans,
)

type Days = dict[DayKey, DayCount]
type OfLine = tuple[int, date]

ORDER: Final = ("service__sort_order", "-month")


@dataclass(frozen=True, slots=True)
class Checked:
    """A line, what it was held against, and in sentences where it is not what that comes to."""

    line: InvoiceLine
    checked: Literal["events", "days"]
    differences: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.differences


def verify_invoice(invoice: Invoice) -> list[Checked]:
    """Every line, in the order of the invoice. It may take a while: a tenant may have millions of events."""
    be_patient()
    lines = list(invoice.lines.filter(tenant=invoice.tenant_id).select_related("service").order_by(*ORDER))
    found = _Found(lines)
    return [_checked(line, found) for line in lines]


class _Found:
    """What there is to hold lines against: one look at each table, however many lines there are."""

    def __init__(self, lines: Sequence[InvoiceLine]) -> None:
        tenants, services = {line.tenant_id for line in lines}, {line.service_id for line in lines}
        months = {line.month for line in lines}
        of_lines = {"tenant__in": tenants, "service__in": services, "month__in": months}
        self.dropped = _dropped(months)
        self.stored = _stored(lines)
        kept = [
            MonthEdition(line.tenant_id, line.service_id, line.month, edition)
            for line in lines
            for edition in range(line.edition + 1)
            if line.month not in self.dropped
        ]
        self.counted = counted_days(spans(kept, events_by_day((key, day.events) for key, day in self.stored.items())))
        self.earlier: dict[OfLine, list[InvoiceLine]] = {}
        for each in InvoiceLine.objects.filter(**of_lines).order_by("edition"):
            self.earlier.setdefault((each.service_id, each.month), []).append(each)
        self._corrections = list(Correction.objects.filter(**of_lines))

    def corrections_of(self, line: InvoiceLine) -> list[Correction]:
        of_line = (line.service_id, line.month)
        return [each for each in self._corrections if (each.service_id, each.month) == of_line]


def _dropped(months: set[date]) -> set[date]:
    """The months whose events are not kept any more."""
    before = timezone.now().date() - timedelta(days=KEPT_DAYS)
    old = sorted(month for month in months if Month(month).last < before)
    if not old:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT month FROM unnest(%s::date[], %s::text[]) AS asked (month, name) WHERE to_regclass(name) IS NULL",
            [old, [name_of(month) for month in old]],
        )
        return {month for (month,) in cursor.fetchall()}


def _stored(lines: Sequence[InvoiceLine]) -> Days:
    if not lines:
        return {}
    first, last = min(line.month for line in lines), Month(max(line.month for line in lines)).last
    days = UsageDay.objects.filter(tenant=lines[0].tenant_id, day__range=(first, last))
    of_services = days.filter(service__in={line.service_id for line in lines})
    return {DayKey.of_day(day): DayCount.of_day(day) for day in of_services}


def _checked(line: InvoiceLine, found: _Found) -> Checked:
    stored = {key: count for key, count in found.stored.items() if _is_of(line, key)}
    if line.month in found.dropped:
        checked, days = Checked(line, "days"), stored
    else:
        checked = Checked(line, "events")
        days = {key: count for key, count in found.counted.items() if _is_of(line, key)}
        checked.differences.extend(_unlike(stored, days))
    own = {key: count for key, count in days.items() if key.edition == line.edition}
    _compare(checked, _("events"), line.events, sum(count.events for count in own.values()))
    if digest_of(own) != line.digest:
        checked.differences.append(_("The digest is not that of what the line stands on."))
    _rate_again(checked, days, found)
    return checked


def _is_of(line: InvoiceLine, key: DayKey) -> bool:
    return (key.service_id, key.day.replace(day=1)) == (line.service_id, line.month) and key.edition <= line.edition


def _unlike(stored: Days, counted: Days) -> list[str]:
    """The days that are not what their events come to."""
    return [
        _("%(day)s, %(source)s: the day says %(stored)s, its events %(counted)s.")
        % {
            "day": key.day,
            "source": key.source,
            "stored": plain(stored[key].quantity) if key in stored else "–",
            "counted": plain(counted[key].quantity) if key in counted else "–",
        }
        for key in sorted(stored.keys() | counted.keys())
        if stored.get(key) != counted.get(key)
    ]


def _rate_again(checked: Checked, days: Days, found: _Found) -> None:
    """The amount once more, by the terms that the line has kept; a late line is what the earlier ones leave."""
    line = checked.line
    earlier = [each for each in found.earlier.get((line.service_id, line.month), []) if each.edition < line.edition]
    before = Before(*(sum(getattr(each, name) for each in earlier) for name in CONTINUED)) if earlier else Before()
    try:
        rating = _rating(checked, days, found)
    except (KeyError, TypeError, ValueError, ArithmeticError):
        checked.differences.append(_("How the amount came about cannot be read."))
        return
    _compare(checked, _("used"), line.used, rating.used - before.used)
    _compare(checked, _("allowance"), line.allowance, None if line.allowance is None else rating.allowance)
    _compare(checked, _("overage"), line.overage, rating.overage - before.overage)
    _compare(checked, _("blocks"), line.blocks, rating.blocks - before.blocks)
    _compare(checked, _("amount"), line.amount_minor, rating.amount_minor - before.amount_minor)


def _rating(checked: Checked, days: Days, found: _Found) -> Rating:
    derivation = checked.line.derivation
    used = _used(checked, days, found)
    return rate(Terms.read(derivation["terms"]), used=used, users=int(derivation["allowance_basis"]["users"]))


def _used(checked: Checked, days: Days, found: _Found) -> Decimal:
    """The number that counts."""
    line, numbers = checked.line, _numbers_of(checked.line)
    corrections = [each for each in found.corrections_of(line) if each.edition <= line.edition]
    adjusted = sum((_adjusts(each, line) for each in corrections), Decimal(0))
    _compare(checked, _("adjusted"), numbers["adjusted"], adjusted)
    if line.service.kind == MeteredService.Kind.SUM:
        total = sum((count.quantity for count in days.values()), Decimal(0))
        _compare(checked, _("total"), numbers["total"], total)
        return total + adjusted
    return _measured(checked, days, has_void=any(each.event_key for each in corrections)) + adjusted


def _numbers_of(line: InvoiceLine) -> dict[str, Decimal | None]:
    numbers = line.derivation["numbers"]
    return {name: None if text is None else Decimal(text) for name, text in numbers.items()}


def _adjusts(correction: Correction, line: InvoiceLine) -> Decimal:
    """What is taken out of a gauge's count is no difference to add: its month is measured again without it."""
    if correction.kind == Correction.Kind.ADJUST:
        return correction.quantity
    return -correction.quantity if line.service.kind == MeteredService.Kind.SUM else Decimal(0)


def _measured(checked: Checked, days: Days, *, has_void: bool) -> Decimal:
    """Of a gauge. Its days say how high it went, as long as nothing was taken out; the rest only its events say."""
    line, rated_by, numbers = checked.line, checked.line.derivation["rated_by"], _numbers_of(checked.line)
    total, carried = numbers["total"] or Decimal(0), numbers["carried"]
    if checked.checked == "days":
        if not has_void:
            highest = max((count.quantity for count in days.values()), default=Decimal(0))
            _compare(checked, _("total"), numbers["total"], highest)
        last = (numbers["used"] or Decimal(0)) - (numbers["adjusted"] or Decimal(0))
        return number_that_counts(rated_by, total=total, carried=carried, last=last, average=numbers["average"])
    of = MonthEdition.of(line)
    shown = shown_by(of, carried=carried, zone=ZoneInfo(line.derivation["time_zone"]))
    _compare(checked, _("total"), numbers["total"], shown.highest)
    return number_that_counts(rated_by, total=shown.highest, carried=carried, last=shown.last, average=shown.average)


def _compare(checked: Checked, what: str, says: Decimal | int | None, found: Decimal | int | None) -> None:
    if says != found:
        texts = {"what": what, "says": _plain(says), "found": _plain(found)}
        checked.differences.append(_("%(what)s: the line says %(says)s, it comes to %(found)s.") % texts)


def _plain(number: Decimal | int | None) -> str:
    return "–" if number is None else plain(Decimal(number))
