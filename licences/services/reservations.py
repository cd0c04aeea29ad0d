"""Capacity that is held for a while: confirmed it stays taken, else it comes back, once. Source: design §11, R13."""

from typing import Final

import structlog
from django.db import DatabaseError, transaction
from django.utils import timezone

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import LimitMovement, LimitReservation, Tenant
from licences.services.restriction_changes import END_RESERVATION, change

log = structlog.get_logger(__name__)

BATCH: Final = 1_000
State = LimitReservation.State
GIVEN_BACK = {State.CANCELLED: LimitMovement.Kind.CANCELLED, State.EXPIRED: LimitMovement.Kind.EXPIRED}


class UnknownReservation(Exception):
    """The tenant has none with this number."""


class NotHeld(Exception):
    """The reservation has ended otherwise: `state` says how."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


def confirm_reservation(tenant: Tenant, number: int) -> LimitReservation:
    """Keep what was reserved; again is no harm. Raises UnknownReservation and NotHeld."""
    now = timezone.now()
    held = LimitReservation.objects.filter(tenant=tenant, pk=number, state=State.HELD, expires_at__gt=now)
    held.update(state=State.CONFIRMED, ended_at=now)
    return _ended(tenant, number, State.CONFIRMED)


def cancel_reservation(tenant: Tenant, number: int) -> LimitReservation:
    """Give back what was reserved; again is no harm. Raises UnknownReservation and NotHeld."""
    _give_back(tenant, number, State.CANCELLED)
    return _ended(tenant, number, State.CANCELLED)


def expire_reservations() -> None:
    """Give back what was reserved and is not confirmed in time. What fails for one keeps no other."""
    after = 0
    while due := _over(after):
        for reservation in due:
            try:
                with tenant_scope(reservation.tenant_id):
                    _give_back(reservation.tenant, reservation.pk, State.EXPIRED)
            except DatabaseError:
                number = reservation.pk
                log.exception("reservation_not_expired", tenant_id=reservation.tenant_id, reservation_id=number)
        after = due[-1].pk


def _over(after: int) -> list[LimitReservation]:
    with support_scope("which reservations are over", routine=True):
        over = LimitReservation.objects.filter(state=State.HELD, expires_at__lte=timezone.now(), pk__gt=after)
        return list(over.select_related("tenant").order_by("pk")[:BATCH])


@transaction.atomic
def _give_back(tenant: Tenant, number: int, state: LimitReservation.State) -> None:
    """Whoever ends it gives it back, nobody else does; where the product counts by now there is nothing to give."""
    now = timezone.now()
    held = LimitReservation.objects.filter(tenant=tenant, pk=number, state=State.HELD)
    if state == State.EXPIRED:
        held = held.filter(expires_at__lte=now)
    if not held.update(state=state, ended_at=now):
        return
    reservation = LimitReservation.objects.select_related("restriction__type").get(tenant=tenant, pk=number)
    code, quantity = reservation.restriction.type.code, reservation.quantity
    kind, source = GIVEN_BACK[state], reservation.source
    change(END_RESERVATION, tenant, code, at=now, quantity=quantity, kind=kind, source=source, reservation=number)


def _ended(tenant: Tenant, number: int, expected: LimitReservation.State) -> LimitReservation:
    reservation = LimitReservation.objects.select_related("restriction__type").filter(tenant=tenant, pk=number).first()
    if reservation is None:
        raise UnknownReservation
    if reservation.state != expected:
        is_over = reservation.state == State.HELD  # its time has come, and only the sweep has not
        raise NotHeld(State.EXPIRED if is_over else reservation.state)
    return reservation
