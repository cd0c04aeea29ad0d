"""Use of what a plan limits: one more, one less, a report of the product's; exact whoever else asks at the same time.

Sources: design §6 and §14.10, metering rules R11–R14.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.utils import timezone

from licences.indicator import Indicator, indicator
from licences.models import LimitMovement, Restriction, Tenant
from licences.services.limits import settle_limits
from licences.services.restriction_changes import GIVE_BACK, MOST, REPORT, TAKE, change

CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""A report may be ahead of this console's clock by so much."""
OLD_NEWS: Final = timedelta(days=400)
"""What was observed before that says nothing any more."""
TRIES: Final = 3
"""So often it is asked again, when room came between the refusal and the look at why."""

Kind = LimitMovement.Kind


class WhyNot(StrEnum):
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
    """Whether it was allowed, why not, and how it is now. A `reservation` is held until `expires_at`, or confirmed."""

    allowed: bool
    reason: WhyNot
    used: int
    limit: int | None
    reservation: int | None = None
    expires_at: datetime | None = None

    @property
    def state(self) -> Indicator:
        return indicator(self.used, self.limit)


def consume(tenant: Tenant, code: str, *, quantity: int, source: str, reserve_seconds: int | None = None) -> Answer:
    """Use up `quantity` more if there is room for all of it. 0 only asks whether there is room for one.

    With `reserve_seconds` it is given back by itself unless the reservation is confirmed by then. Raises
    UnknownRestriction and CountedByProduct.
    """
    for _try in range(TRIES):
        now = timezone.now()
        if quantity > 0 and (taken := _take(tenant, code, quantity, source, now, reserve_seconds)):
            return taken
        row = _counted_here(tenant, code)
        if row.limit_until is not None and row.limit_until <= now:
            settle_limits(tenant)  # another limit is in force by now, and nobody has said so yet
        elif quantity == 0 or not _has_room(row, quantity):
            break
    allowed = quantity == 0 and _has_room(row, 1)
    reason = WhyNot.NONE if allowed else WhyNot.NOT_IN_PLAN if row.limit == 0 else WhyNot.LIMIT_REACHED
    return Answer(allowed, reason, row.used, row.limit)


def _take(
    tenant: Tenant, code: str, quantity: int, source: str, now: datetime, reserve_seconds: int | None
) -> Answer | None:
    expires_at = None if reserve_seconds is None else now + timedelta(seconds=reserve_seconds)
    kind = Kind.CONSUMED if expires_at is None else Kind.RESERVED
    taken = change(TAKE, tenant, code, at=now, quantity=quantity, kind=kind, source=source, expires_at=expires_at)
    return None if taken is None else Answer(True, WhyNot.NONE, taken.used, taken.limit, taken.reservation, expires_at)


def _has_room(row: Restriction, quantity: int) -> bool:
    return row.used + quantity <= (MOST if row.limit is None else row.limit)


def release(tenant: Tenant, code: str, *, quantity: int, source: str) -> Answer:
    """Give `quantity`, at least 1, back. Raises UnknownRestriction, CountedByProduct and BelowZero."""
    now = timezone.now()
    given = change(GIVE_BACK, tenant, code, at=now, quantity=quantity, kind=Kind.RELEASED, source=source)
    if given is None:
        _counted_here(tenant, code)
        raise BelowZero
    return Answer(True, WhyNot.NONE, given.used, given.limit)


def report(tenant: Tenant, code: str, *, used: int, observed_at: datetime) -> tuple[Restriction, bool]:
    """Take what the product counted; True when it is news, False when something newer is known.

    Raises UnknownRestriction, CountedHere and AheadOfTime.
    """
    now = timezone.now()
    is_ahead, is_old = observed_at > now + CLOCKS_DIFFER, observed_at < now - OLD_NEWS
    is_news = not (is_ahead or is_old) and (
        change(REPORT, tenant, code, at=now, as_of=observed_at, quantity=used) is not None
    )
    row = restriction_of(tenant, code)
    if row.authority != Restriction.Authority.PRODUCT:
        raise CountedHere
    if is_ahead:
        raise AheadOfTime
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
