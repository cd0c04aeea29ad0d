"""Recount what is stored as a number from the rows it was counted from."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from licences.models import CounterDifference, Licence, Tenant

SEATS_IN_USE = "seats_in_use"
CHUNK = 20
"""How many counters are recounted in one transaction."""


def counters(tenant: Tenant) -> int:
    """How many counters a recount of the tenant goes through."""
    return Licence.objects.filter(tenant=tenant).count()


@dataclass(frozen=True, slots=True)
class Recounted:
    """A part of a recount: the id of its last counter, how many there were, and what was wrong."""

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
    """Recount the next counters in order of their id; None when there are none after `after`.

    A counter that was wrong is put right, and a CounterDifference with both numbers stays, marked with `recount`.
    """
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
    wrong = [licence for licence in locked if counted[licence.pk] != licence.in_use]
    return Recounted(
        last=locked[-1].pk,
        counters=len(locked),
        differences=[_put_right(licence, counted=counted[licence.pk], recount=recount) for licence in wrong],
    )


def _put_right(licence: Licence, *, counted: int, recount: str) -> CounterDifference:
    difference = CounterDifference.objects.create(
        tenant_id=licence.tenant_id,
        counter=SEATS_IN_USE,
        subject=licence.name,
        stored=licence.in_use,
        counted=counted,
        found_at=timezone.now(),
        recount=recount,
    )
    licence.in_use = counted
    licence.save(update_fields=["in_use"])
    return difference
