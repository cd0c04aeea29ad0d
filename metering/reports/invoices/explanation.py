"""Why a line of an invoice says what it says: from the amount down to the days, in words. Sources: metering rules R25,
§19.2, §19.4.

Everything here is what the rating function wrote down when the line was worked out; nothing is rated again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from licences.models import Tenant
from metering.figures import decimals_of, money_text, quantity_text, signed_text
from metering.models import Correction, InvoiceLine, MeteredService, RatedBy, UsageDay
from metering.periods import Month
from metering.rating import Terms, allowance
from metering.reports.invoices.line_rows import is_difference
from metering.reports.invoices.shown import ShownLine
from metering.reports.users import peak_of_users


@dataclass(frozen=True, slots=True)
class AmountStep:
    """One sum on the way to the amount: what it works out, how, and what it comes to."""

    name: str
    words: str
    result: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A number of the month as it was invoiced before, as it is now, and what that leaves for the line."""

    name: str
    before: str
    now: str
    difference: str


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction that the line takes in. `quantity` is what the month gains by it."""

    kind: str
    event_id: str
    quantity: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class LineDay:
    """What the line's events of a day come to: their sum, of a gauge the highest of them."""

    day: date
    quantity: Decimal
    events: int


@dataclass(frozen=True, slots=True)
class Explained:
    """A line with all that it stands on. `peak_at` is when there were first as many users as count; None where the
    seats do not tell. `beside_days` says what corrections make of what came, where they make anything of it."""

    shown: ShownLine
    steps: Sequence[AmountStep]
    compared: Sequence[Compared]
    users: int
    peak_at: datetime | None
    corrections: Sequence[Corrected]
    days: Sequence[LineDay]
    beside_days: str
    is_peak_from_start: bool

    @property
    def line(self) -> InvoiceLine:
        return self.shown.line

    @property
    def is_gauge(self) -> bool:
        return self.line.service.kind == MeteredService.Kind.GAUGE

    @property
    def decimals(self) -> int:
        """As many as the day needs that needs the most, so that all stand in line."""
        return max((decimals_of(each.quantity) for each in self.days), default=0)


def explain(tenant: Tenant, shown: ShownLine) -> Explained:
    """The whole way of the line. Two statements."""
    line, told = shown.line, shown.line.derivation
    users = int(told["allowance_basis"]["users"])
    peak = peak_of_users(tenant, Month(line.month))
    days = line_days(line)
    return Explained(
        shown,
        steps=list(_steps(line, told, shown.currency)),
        compared=_compared(line, told, shown.currency) if is_difference(line) else [],
        users=users,
        peak_at=peak[0] if peak is not None and peak[1] == users else None,
        corrections=[_corrected(each) for each in told["corrections"]],
        days=days,
        beside_days=_beside_days(line, days),
        is_peak_from_start=peak is not None and peak[0] <= Month(line.month).start(tenant.zone),
    )


def days_of(line: InvoiceLine) -> QuerySet[UsageDay]:
    """The days that the line stands on, by source: those of its month and edition."""
    month = Month(line.month)
    days = UsageDay.objects.filter(tenant=line.tenant_id, service=line.service_id, edition=line.edition)
    return days.filter(day__range=(month.first, month.last)).order_by("day", "source")


def line_days(line: InvoiceLine) -> list[LineDay]:
    """The same with all sources together, the newest first."""
    together = Max if line.service.kind == MeteredService.Kind.GAUGE else Sum
    days = days_of(line).order_by("-day").values_list("day").annotate(together("quantity"), Sum("events"))
    return [LineDay(*row) for row in days]


def _corrected(told: Mapping[str, str]) -> Corrected:
    kind, quantity = Correction.Kind(told["kind"]), Decimal(told["quantity"])
    gained = -quantity if kind == Correction.Kind.VOID else quantity
    return Corrected(str(kind.label), told["event"], gained, told["reason"])


def _beside_days(line: InvoiceLine, days: Sequence[LineDay]) -> str:
    """Of a sum: what came, and what the line has more or less than that."""
    made = len(line.derivation["corrections"])
    came = sum((each.quantity for each in days), Decimal(0))
    if not made or line.used == came or line.service.kind == MeteredService.Kind.GAUGE:
        return ""
    said = {"came": quantity_text(came), "difference": quantity_text(abs(line.used - came))}
    if line.used < came:
        return (
            ngettext(
                "%(came)s came, %(difference)s were taken off by a correction.",
                "%(came)s came, %(difference)s were taken off by corrections.",
                made,
            )
            % said
        )
    return (
        ngettext(
            "%(came)s came, %(difference)s were added by a correction.",
            "%(came)s came, %(difference)s were added by corrections.",
            made,
        )
        % said
    )


def _steps(line: InvoiceLine, told: Mapping[str, Any], currency: str) -> Sequence[AmountStep]:
    """Of a late line those of its whole month; what is left of them for the line is a comparison of its own."""
    used, unit = Decimal(told["rated"]["used"]), line.service.unit
    steps = [AmountStep(_("Used"), _used_words(told), f"{quantity_text(used)} {unit}")]
    if line.unit_price_minor is None:
        return [*steps, AmountStep(_("Amount"), _("no price was agreed for this month"), money_text(0, currency))]
    terms, users = Terms.read(told["terms"]), int(told["allowance_basis"]["users"])
    included, over = allowance(terms, users), Decimal(told["rated"]["overage"])
    blocks, amount = int(told["rated"]["blocks"]), int(told["rated"]["amount_minor"])
    return [
        *steps,
        AmountStep(_("Allowance"), _allowance_words(terms, users), f"{quantity_text(included)} {unit}"),
        AmountStep(_("Beyond allowance"), _overage_words(used, included), f"{quantity_text(over)} {unit}"),
        AmountStep(_("Blocks"), _block_words(terms, over), quantity_text(blocks)),
        AmountStep(
            _("Amount"),
            f"{quantity_text(blocks)} × {money_text(line.unit_price_minor, currency)}",
            money_text(amount, currency),
        ),
    ]


def _used_words(told: Mapping[str, Any]) -> str:
    """Which number of the month it is, and what corrections made of it."""
    what = str(RatedBy(told["rated_by"]).label)
    adjusted = Decimal(told["numbers"]["adjusted"])
    if not adjusted:
        return what
    counted = Decimal(told["rated"]["used"]) - adjusted
    said = {"what": what, "counted": quantity_text(counted), "adjusted": quantity_text(adjusted)}
    return _("%(what)s, %(counted)s, and corrections of %(adjusted)s") % said


def _allowance_words(terms: Terms, users: int) -> str:
    if terms.steps:
        return ngettext(
            "what is included from %(from)s users on; there was %(users)s",
            "what is included from %(from)s users on; there were %(users)s",
            users,
        ) % {"from": quantity_text(terms.step(users).users), "users": quantity_text(users)}
    if not terms.per_user:
        return _("the same for any number of users")
    return ngettext(
        "%(base)s, and %(each)s for %(users)s user",
        "%(base)s, and %(each)s for each of %(users)s users",
        users,
    ) % {
        "base": quantity_text(terms.base),
        "each": quantity_text(terms.per_user),
        "users": quantity_text(users),
    }


def _overage_words(used: Decimal, included: Decimal) -> str:
    if used <= included:
        return _("all of it is included")
    return f"{quantity_text(used)} − {quantity_text(included)}"


def _block_words(terms: Terms, over: Decimal) -> str:
    if not over:
        return _("nothing to bill")
    said = {"over": quantity_text(over), "size": quantity_text(terms.block_size)}
    return _("%(over)s in blocks of %(size)s; a started block counts whole") % said


def _compared(line: InvoiceLine, told: Mapping[str, Any], currency: str) -> list[Compared]:
    before, now = told["invoiced_before"], told["rated"]
    rows = [(_("Used"), "used", line.used), (_("Beyond allowance"), "overage", line.overage)]
    rows.append((_("Blocks"), "blocks", Decimal(line.blocks)))
    numbers = [
        Compared(name, quantity_text(Decimal(before[key])), quantity_text(Decimal(now[key])), signed_text(difference))
        for name, key, difference in rows
    ]
    amounts = [money_text(each, currency) for each in (before["amount_minor"], now["amount_minor"], line.amount_minor)]
    return [*numbers, Compared(_("Amount"), *amounts)]
