"""Seats are exact: they are given under the licence row's lock, and the database refuses one too many."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from licences.models import Licence, Seat, User


class NoSeatLeft(Exception):
    """Fewer seats are free than were asked for; none was given."""

    def __init__(self, licence: Licence, wanted: int) -> None:
        super().__init__(f"{licence.name}: {wanted} wanted, {licence.available} free")
        self.licence, self.wanted = licence, wanted


@transaction.atomic
def assign_seats(licence: Licence, *, users: Collection[User]) -> int:
    """Give each user who has none a seat of `licence`: all of them or, raising NoSeatLeft, nobody. Returns how many."""
    locked = Licence.objects.select_for_update(no_key=True).get(pk=licence.pk)
    holders = set(locked.seats.active().filter(user__in=users).values_list("user_id", flat=True))
    new = [user for user in users if user.pk not in holders]
    if locked.available is not None and len(new) > locked.available:
        raise NoSeatLeft(locked, len(new))
    now = timezone.now()
    Seat.objects.bulk_create(
        Seat(tenant_id=locked.tenant_id, licence=locked, user=user, assigned_at=now) for user in new
    )
    Licence.objects.filter(pk=locked.pk).update(in_use=F("in_use") + len(new))
    return len(new)
