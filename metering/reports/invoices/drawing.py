"""Works out the lines of invoices from the months that they take in, without writing anything: the draft that a page
shows and the invoice that is drawn come from here. Sources: metering rules R7, R8, R22, R25."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db.models import Sum

from metering.models import Correction, InvoiceLine, UsageMonth
from metering.rating import Rating, plain
from metering.reports.recounts.counted import DayCount, DayKey, MonthEdition, digest_of

CONTINUED: Final = ("used", "overage", "blocks", "amount_minor")


class OfMonth(NamedTuple):
    tenant_id: int
    service_id: int
    month: Any


@dataclass(frozen=True, slots=True)
class Before:
    """What the lines of a month have come to so far."""

    used: Decimal = Decimal(0)
    overage: Decimal = Decimal(0)
    blocks: int = 0
    amount_minor: int = 0


def drawn_lines(
    rows: Sequence[UsageMonth], days: Mapping[MonthEdition, dict[DayKey, DayCount]]
) -> dict[int, InvoiceLine]:
    """A line for each month, by the id of its row, without its invoice. `days` are those that the line stands on.

    The first line of a month is its use; each later one is the difference that late events and corrections make to
    what was invoiced before. The rows come with taker, tenant, service and tariff.
    """
    before = _before([row for row in rows if row.edition > 0])
    corrections = _corrections(rows)
    return {
        row.pk: _line(
            row,
            before.get(OfMonth(row.tenant_id, row.service_id, row.month), Before()),
            corrections.get(OfMonth(row.tenant_id, row.service_id, row.month), []),
            days.get(MonthEdition.of(row), {}),
        )
        for row in rows
    }


def _before(rows: Sequence[UsageMonth]) -> dict[OfMonth, Before]:
    if not rows:
        return {}
    lines = InvoiceLine.objects.filter(
        tenant__in={row.tenant_id for row in rows},
        service__in={row.service_id for row in rows},
        month__in={row.month for row in rows},
    )
    sums = lines.order_by().values_list("tenant_id", "service_id", "month").annotate(*map(Sum, CONTINUED))
    return {OfMonth(*row[:3]): Before(*row[3:]) for row in sums}


def _corrections(rows: Sequence[UsageMonth]) -> dict[OfMonth, list[Correction]]:
    """Those that each row's line takes in, in their order."""
    editions = {OfMonth(row.tenant_id, row.service_id, row.month): row.edition for row in rows}
    found: dict[OfMonth, list[Correction]] = {}
    made = Correction.objects.filter(tenant__in={row.tenant_id for row in rows}, month__in={row.month for row in rows})
    for each in made.order_by("at", "pk"):
        key = OfMonth(each.tenant_id, each.service_id, each.month)
        if editions.get(key) == each.edition:
            found.setdefault(key, []).append(each)
    return found


def _line(
    row: UsageMonth, before: Before, corrections: Sequence[Correction], days: dict[DayKey, DayCount]
) -> InvoiceLine:
    rating = row.rating
    return InvoiceLine(
        tenant_id=row.tenant_id,
        service_id=row.service_id,
        month=row.month,
        edition=row.edition,
        kind=InvoiceLine.Kind.USAGE if row.taker == row.month else InvoiceLine.Kind.LATE,
        used=rating.used - before.used,
        allowance=rating.allowance if row.tariff else None,
        overage=rating.overage - before.overage,
        blocks=rating.blocks - before.blocks,
        unit_price_minor=rating.price_minor if row.tariff else None,
        amount_minor=rating.amount_minor - before.amount_minor,
        derivation=_derivation(row, rating, before, corrections),
        events=sum(day.events for day in days.values()),
        digest=digest_of(days),
    )


def _derivation(row: UsageMonth, rating: Rating, before: Before, corrections: Sequence[Correction]) -> dict[str, Any]:
    terms = row.terms
    told: dict[str, Any] = {
        "month": f"{row.month:%Y-%m}",
        "time_zone": row.tenant.time_zone,
        "tariff": f"{row.service} {row.tariff.currency} {row.tariff.valid_from:%Y-%m}" if row.tariff else None,
        "is_demo": row.tariff is not None and row.tariff.is_demo,
        "terms": terms.written(),
        "rated_by": row.rated_by,
        "numbers": {name: _plain(getattr(row, name)) for name in ("total", "carried", "average", "adjusted", "used")},
        "allowance_basis": {
            "base": plain(terms.base),
            "per_user": plain(terms.per_user),
            "users": rating.users,
            "formula": rating.formulas["allowance"],
        },
        "formulas": dict(rating.formulas),
        "rated": {
            "used": plain(rating.used),
            "overage": plain(rating.overage),
            "blocks": rating.blocks,
            "amount_minor": rating.amount_minor,
        },
        "corrections": [
            {"kind": each.kind, "quantity": plain(each.quantity), "event": each.event_id, "reason": each.reason}
            for each in corrections
        ],
    }
    if row.edition:
        told["invoiced_before"] = {
            "used": plain(before.used),
            "overage": plain(before.overage),
            "blocks": before.blocks,
            "amount_minor": before.amount_minor,
        }
    return told


def _plain(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)
