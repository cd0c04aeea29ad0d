"""Recount what is stored as a number from the rows it was counted from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from licences.models import CounterDifference, Licence, LimitMovement, Restriction, Tenant
from licences.services.restriction_changes import MOST, PUT_RIGHT, change

SEATS_IN_USE = "seats_in_use"
RESTRICTION_USED = "restriction_used"
LIMITS: Final = 2**62
"""Licences come first, by their ids; the ids of limits are counted from here on."""
CHUNK = 20
"""How many counters are recounted in one transaction."""


def counters(tenant: Tenant) -> int:
    """How many counters a recount of the tenant goes through."""
    return Licence.objects.filter(tenant=tenant).count() + _counted_here(tenant).count()


@dataclass(frozen=True, slots=True)
class Recounted:
    """A part of a recount: where it ended, how many counters there were, and what was wrong."""

    last: int
    counters: int
    differences: list[CounterDifference]


def recount_all(tenant: Tenant, *, recount: str) -> Iterator[Recounted]:
    """Recount every counter of the tenant, part by part."""
    after = 0
    while part := recount_next(tenant, after=after, at_most=CHUNK, recount=recount):
        after = part.last
        yield part


@transaction.atomic
def recount_next(tenant: Tenant, *, after: int, at_most: int, recount: str) -> Recounted | None:
    """Recount the next counters in their order, after where the last part ended; None when there are no more.

    Seats come first, then what is used of the limits that are counted here. A counter that was wrong is put right, and
    a CounterDifference with both numbers stays, marked with `recount`.
    """
    if after < LIMITS and (part := _recount_seats(tenant, after, at_most, recount)):
        return part
    return _recount_limits(tenant, max(after - LIMITS, 0), at_most, recount)


def _recount_seats(tenant: Tenant, after: int, at_most: int, recount: str) -> Recounted | None:
    locked = list(
        Licence.objects.select_for_update(no_key=True).filter(tenant=tenant, pk__gt=after).order_by("pk")[:at_most]
    )
    if not locked:
        return None
    counted = dict(
        Licence.objects.filter(tenant=tenant, pk__in=[licence.pk for licence in locked])
        .annotate(active=Count("seats", filter=Q(seats__released_at__isnull=True)))
        .values_list("pk", "active")
    )
    differences = []
    for licence in locked:
        stored, licence.in_use = licence.in_use, counted[licence.pk]
        if stored != licence.in_use:
            licence.save(update_fields=["in_use"])
            subject = licence.name
            differences.append(_difference(tenant, SEATS_IN_USE, subject, stored, licence.in_use, recount))
    return Recounted(locked[-1].pk, len(locked), differences)


def _counted_here(tenant: Tenant) -> QuerySet[Restriction]:
    return Restriction.objects.filter(tenant=tenant, authority=Restriction.Authority.CONSOLE)


def _recount_limits(tenant: Tenant, after: int, at_most: int, recount: str) -> Recounted | None:
    """Whoever uses or gives back has the row before there is a movement of it, so under its lock none is missed."""
    rows = _counted_here(tenant).select_for_update(no_key=True, of=("self",)).select_related("type")
    locked = list(rows.filter(pk__gt=after).order_by("pk")[:at_most])
    if not locked:
        return None
    movements = LimitMovement.objects.filter(tenant=tenant, restriction__in=[row.pk for row in locked])
    sums = dict(movements.values_list("restriction_id").annotate(Sum("quantity")))
    differences = []
    for row in locked:
        counted = sums.get(row.pk, 0)
        if counted != row.used:
            differences.append(_difference(tenant, RESTRICTION_USED, row.type.name, row.used, counted, recount))
            change(PUT_RIGHT, tenant, row.type.code, at=timezone.now(), quantity=min(max(counted, 0), MOST))
    return Recounted(LIMITS + locked[-1].pk, len(locked), differences)


def _difference(
    tenant: Tenant, counter: str, subject: str, stored: int, counted: int, recount: str
) -> CounterDifference:
    return CounterDifference.objects.create(
        tenant=tenant,
        counter=counter,
        subject=subject,
        stored=stored,
        counted=counted,
        found_at=timezone.now(),
        recount=recount,
    )
