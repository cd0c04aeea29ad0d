"""`POST /reservations/<id>/confirm` and `/cancel`: what becomes of capacity that is held for a while."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import Field, Path, Router, Schema

from config.api.described import response_of
from config.api.problems import NOT_FOUND, Kind, Problem
from licences.access import ApiRequest
from licences.bearer import ApiTokenAuth
from licences.models import ApiToken, LimitReservation, Tenant
from licences.services.reservations import NotHeld, UnknownReservation, cancel_reservation, confirm_reservation

router = Router(tags=["Restrictions"])
auth = ApiTokenAuth(ApiToken.Scope.RESTRICTIONS_WRITE)

LARGEST: Final = 2**63 - 1
ENDED = Kind("reservation-ended", HTTPStatus.CONFLICT, gettext_lazy("The reservation has ended otherwise"))
PROBLEMS = (ENDED,)
CONFLICT: Final = {"responses": {int(HTTPStatus.CONFLICT): response_of(ENDED)}}
STATES: Final[dict[str, Any]] = {"x-codes": {state.value: str(state.label) for state in LimitReservation.State}}

ReservationNumber = Annotated[int, Path(description="As the answer to consume has it.")]


class Reservation(Schema):
    """Capacity that was reserved."""

    reservation: int = Field(examples=[7])
    code: str = Field(description="Code of the restriction.", examples=["active-projects"])
    quantity: int = Field(examples=[1])
    state: LimitReservation.State = Field(json_schema_extra=STATES, examples=["confirmed"])
    expires_at: datetime = Field(
        description="Until when it was held unless confirmed.", examples=["2026-11-26T09:40:00Z"]
    )


@router.post(
    "/reservations/{number}/confirm",
    auth=auth,
    response=Reservation,
    operation_id="confirm_reservation",
    summary="Confirm a reservation",
    url_name="confirm_reservation",
    openapi_extra=CONFLICT,
)
def confirm(request: ApiRequest, number: ReservationNumber) -> Reservation:
    """What was reserved stays in use, until it is released. Confirming again does no harm; what is over or cancelled
    cannot be confirmed."""
    return _ended(request.tenant, number, confirm_reservation)


@router.post(
    "/reservations/{number}/cancel",
    auth=auth,
    response=Reservation,
    operation_id="cancel_reservation",
    summary="Cancel a reservation",
    url_name="cancel_reservation",
    openapi_extra=CONFLICT,
)
def cancel(request: ApiRequest, number: ReservationNumber) -> Reservation:
    """Gives back what was reserved, before its time. Cancelling again does no harm; what is confirmed is released
    instead."""
    return _ended(request.tenant, number, cancel_reservation)


def _ended(tenant: Tenant, number: int, end: Callable[[Tenant, int], LimitReservation]) -> Reservation:
    if not 0 < number <= LARGEST:
        raise Problem(NOT_FOUND)
    try:
        ended = end(tenant, number)
    except UnknownReservation:
        raise Problem(NOT_FOUND) from None
    except NotHeld as error:
        state = LimitReservation.State(error.state)
        raise Problem(ENDED, _("It is %(state)s.") % {"state": str(state.label).lower()}) from None
    return Reservation(
        reservation=ended.pk,
        code=ended.restriction.type.code,
        quantity=ended.quantity,
        state=LimitReservation.State(ended.state),
        expires_at=ended.expires_at,
    )
