"""The lines of an invoice as rows to read: the same on the page and on paper. Sources: metering rules R8, R25."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from metering.figures import month_text, quantity_text, signed_text
from metering.models import InvoiceLine
from metering.periods import Month


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line with its numbers written. What came to a month that had been invoiced is a difference: its numbers have a
    sign, no allowance stands beside them, and `note` says what they are the difference of."""

    line: InvoiceLine
    label: str
    note: str
    used: str
    allowance: str
    overage: str
    blocks: str


def rows_of(lines: Iterable[InvoiceLine]) -> list[LineRow]:
    """In the same order."""
    return [_row(line) for line in lines]


def is_difference(line: InvoiceLine) -> bool:
    """Whether the month had been invoiced before; late usage may also be the first of a service."""
    return "invoiced_before" in line.derivation


def label_of(line: InvoiceLine) -> str:
    """What a line that is not simply its month's use is called; empty for one that is."""
    if line.kind == InvoiceLine.Kind.USAGE:
        return ""
    month = {"month": month_text(Month(line.month))}
    if line.events or not line.derivation.get("corrections"):
        return capfirst(_("late usage, %(month)s") % month)
    return capfirst(_("correction, %(month)s") % month)


def _row(line: InvoiceLine) -> LineRow:
    difference = is_difference(line)
    written: Callable[[Decimal | int], str] = signed_text if difference else quantity_text
    is_rated = line.allowance is not None
    return LineRow(
        line,
        label=label_of(line),
        note=_note(line) if difference else "",
        used=written(line.used),
        allowance=quantity_text(line.allowance) if line.allowance is not None and not difference else "",
        overage=written(line.overage) if is_rated else "",
        blocks=written(line.blocks) if is_rated else "",
    )


def _note(line: InvoiceLine) -> str:
    told = line.derivation
    return _("%(all)s in all, %(before)s of it invoiced before") % {
        "all": quantity_text(Decimal(told["rated"]["used"])),
        "before": quantity_text(Decimal(told["invoiced_before"]["used"])),
    }
