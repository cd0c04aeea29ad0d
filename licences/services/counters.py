"""Recount what is stored as a number from the rows it was counted from."""

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from licences.models import CounterDifference, Licence, Tenant

SEATS_IN_USE = "seats_in_use"


def counters(tenant: Tenant) -> int:
    """How many counters a recount of the tenant goes through."""
    return Licence.objects.filter(tenant=tenant).count()


@transaction.atomic
def recount_next(tenant: Tenant, *, after: int, at_most: int, recount: str) -> list[int]:
    """Recount the next counters in order of their id, and return the ids; empty when there are none after `after`.

    A counter that was wrong is put right, and a CounterDifference with both numbers stays, marked with `recount`.
    """
    locked = list(
        Licence.objects.select_for_update(no_key=True).filter(tenant=tenant, pk__gt=after).order_by("pk")[:at_most]
    )
    ids = [licence.pk for licence in locked]
    counted = dict(
        Licence.objects.filter(pk__in=ids)
        .annotate(active=Count("seats", filter=Q(seats__released_at__isnull=True)))
        .values_list("pk", "active")
    )
    for licence in locked:
        if counted[licence.pk] != licence.in_use:
            _put_right(licence, counted=counted[licence.pk], recount=recount)
    return ids


def _put_right(licence: Licence, *, counted: int, recount: str) -> None:
    CounterDifference.objects.create(
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
