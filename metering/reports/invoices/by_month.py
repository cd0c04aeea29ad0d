"""What invoices have of a month of usage: its own line, and what came late, on later invoices or on the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from licences.models import Tenant
from metering.models import InvoiceLine, UsageMonth
from metering.models.usage import UsageMonths
from metering.periods import Month


@dataclass(frozen=True, slots=True)
class LatePart:
    """What of a month came late: on which invoice it is, or will be. `of` is the month it was used in."""

    of: Month
    on: Month
    amount_minor: int
    is_drawn: bool


@dataclass(frozen=True, slots=True)
class Invoiced:
    """`line_minor` is what the month's own invoice has of it, None where it has no line; `is_open`: that is still to
    come. `amount_minor` is what all invoices have of it together, None where none has anything."""

    line_minor: int | None
    is_open: bool
    amount_minor: int | None
    late: Sequence[LatePart]


def with_lines(rows: UsageMonths, tenant: Tenant) -> UsageMonths:
    """Each with its `taker` (UsageMonths.with_taker) and its lines, for `invoiced`; in the same query."""
    lines = InvoiceLine.objects.filter(tenant=tenant, service=OuterRef("service"), month=OuterRef("month"))
    each = lines.order_by("invoice__month").values(said=JSONObject(on="invoice__month", minor="amount_minor"))
    return rows.with_taker().annotate(lines_drawn=ArraySubquery(each))


def invoiced(row: UsageMonth, amount_minor: int) -> Invoiced:
    """Of one of `with_lines`, of which all together comes to `amount_minor`."""
    lines: list[dict[str, Any]] = getattr(row, "lines_drawn", [])
    drawn = {Month(date.fromisoformat(line["on"])): int(line["minor"]) for line in lines}
    month, so_far = Month(row.month), sum(drawn.values())
    late = [LatePart(month, on, minor, is_drawn=True) for on, minor in drawn.items() if on != month]
    taker: date | None = getattr(row, "taker", None)
    if taker and taker != row.month:
        late.append(LatePart(month, Month(taker), amount_minor - so_far, is_drawn=False))
    return Invoiced(drawn.get(month), taker == row.month, so_far if drawn else None, late)


def late_by_invoice(parts: Sequence[LatePart]) -> list[LatePart]:
    """Of all services together, by the invoice that they are on."""
    found: dict[tuple[Month, Month, bool], int] = {}
    for part in parts:
        key = (part.of, part.on, part.is_drawn)
        found[key] = found.get(key, 0) + part.amount_minor
    return [LatePart(of, on, minor, is_drawn) for (of, on, is_drawn), minor in sorted(found.items())]
