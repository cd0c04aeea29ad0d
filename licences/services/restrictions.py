"""Use of what a plan limits: one more, one less, a report of the product's; exact whoever else asks at the same time.

Sources: design §6 and §14.10, metering rules R11–R14.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.utils import timezone

from licences.indicator import Indicator, indicator
from licences.models import LimitMovement, LimitReservation, Restriction, Tenant
from licences.services.limits import settle_limits
from licences.services.restriction_changes import GIVE_BACK, REPORT, TAKE, change

CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""A report may be ahead of this console's clock by so much."""

Kind = LimitMovement.Kind


class Reason(StrEnum):
    """Why there is no more, as the API names it; empty when there is."""

    NONE = ""
    LIMIT_REACHED = "limit_reached"
    NOT_IN_PLAN = "feature_not_in_plan"


class UnknownRestriction(Exception):
    """The tenant has no limit of this code."""


class CountedByProduct(Exception):
    """The product counts this one and reports it; it is not consumed here."""


class CountedHere(Exception):
    """The console counts this one; reports of it are not taken."""


class BelowZero(Exception):
    """More was to be given back than is in use."""


class AheadOfTime(Exception):
    """The report is of a moment that has not come yet."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it was allowed, why not, and how it is now. A `reservation` is held until it is confirmed."""

    allowed: bool
    reason: Reason
    used: int
    limit: int | None
    reservation: LimitReservation | None = None

    @property
    def state(self) -> Indicator:
        return indicator(self.used, self.limit)


def consume(tenant: Tenant, code: str, *, quantity: int, source: str, reserve_seconds: int | None = None) -> Answer:
    """Use up `quantity` more if there is room for all of it. 0 only asks whether there is room for one.

    With `reserve_seconds` it is given back by itself unless the reservation is confirmed by then. Raises
    UnknownRestriction and CountedByProduct.
    """
    if quantity == 0:
        row = _counted_here(tenant, code)
        return _answer(row.used, row.limit, allowed=row.limit is None or row.used < row.limit)
    for _try in range(2):
        now = timezone.now()
        expires_at = None if reserve_seconds is None else now + timedelta(seconds=reserve_seconds)
        kind = Kind.CONSUMED if expires_at is None else Kind.RESERVED
        taken = change(TAKE, tenant, code, at=now, quantity=quantity, kind=kind, source=source, expires_at=expires_at)
        if taken is not None:
            held = LimitReservation.objects.get(tenant=tenant, pk=taken.reservation) if taken.reservation else None
            return Answer(True, Reason.NONE, taken.used, taken.limit, held)
        row = _counted_here(tenant, code)
        if row.limit_until is None or row.limit_until > now:
            return _answer(row.used, row.limit, allowed=False)
        settle_limits(tenant)  # another limit is in force by now, and nobody has said so yet
    return _answer(row.used, row.limit, allowed=False)


def release(tenant: Tenant, code: str, *, quantity: int, source: str) -> Answer:
    """Give `quantity`, at least 1, back. Raises UnknownRestriction, CountedByProduct and BelowZero."""
    now = timezone.now()
    given = change(GIVE_BACK, tenant, code, at=now, quantity=quantity, kind=Kind.RELEASED, source=source)
    if given is None:
        _counted_here(tenant, code)
        raise BelowZero
    return Answer(True, Reason.NONE, given.used, given.limit)


def report(tenant: Tenant, code: str, *, used: int, observed_at: datetime) -> tuple[Restriction, bool]:
    """Take what the product counted; True when it is news, False when something newer is known.

    Raises UnknownRestriction, CountedHere and AheadOfTime.
    """
    now = timezone.now()
    if observed_at > now + CLOCKS_DIFFER:
        raise AheadOfTime
    is_news = change(REPORT, tenant, code, at=now, as_of=observed_at, quantity=used) is not None
    row = restriction_of(tenant, code)
    if row.authority != Restriction.Authority.PRODUCT:
        raise CountedHere
    return row, is_news


def restriction_of(tenant: Tenant, code: str) -> Restriction:
    """Raises UnknownRestriction."""
    row = Restriction.objects.filter(tenant=tenant, type__code=code).select_related("type").first()
    if row is None:
        raise UnknownRestriction
    return row


def _counted_here(tenant: Tenant, code: str) -> Restriction:
    row = restriction_of(tenant, code)
    if row.authority != Restriction.Authority.CONSOLE:
        raise CountedByProduct
    return row


def _answer(used: int, limit: int | None, *, allowed: bool) -> Answer:
    if allowed:
        return Answer(True, Reason.NONE, used, limit)
    return Answer(False, Reason.NOT_IN_PLAN if limit == 0 else Reason.LIMIT_REACHED, used, limit)
