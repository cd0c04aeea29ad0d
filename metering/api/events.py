"""`/events`: usage events come in, one or many at a time, and each is answered for."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from django.db import OperationalError
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import Field, Router, Schema
from psycopg import errors

from config.api.body import MOST_BYTES, too_large
from config.api.described import response_of
from config.api.problems import MALFORMED, TOO_LARGE, WRONG_MEDIA_TYPE, Kind, Problem, error_at
from licences.access import ApiRequest
from licences.bearer import ApiTokenAuth
from licences.models import ApiToken
from metering.events import LONGEST, MOST_EVENTS, MOST_QUANTITY, MalformedBatch, Reason, split
from metering.services.ingest import Outcome, Status, ingest

router = Router(tags=["Usage"])

ONE: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
PLAIN: Final = "application/json"
IS_BATCH: Final[Mapping[str, bool | None]] = {ONE: False, BATCH: True, PLAIN: None}
"""Whether a body of this media type is a list; None: it may be."""

UNPROCESSABLE: Final = HTTPStatus.UNPROCESSABLE_ENTITY
KINDS: Final = {
    Reason.NOT_AN_EVENT: Kind(Reason.NOT_AN_EVENT, UNPROCESSABLE, gettext_lazy("This is no event")),
    Reason.MEMBER_TWICE: Kind(Reason.MEMBER_TWICE, UNPROCESSABLE, gettext_lazy("The event says something twice")),
    Reason.EVENT_TOO_LARGE: Kind(Reason.EVENT_TOO_LARGE, UNPROCESSABLE, gettext_lazy("The event is over 32 KiB")),
    Reason.INVALID_ID: Kind(Reason.INVALID_ID, UNPROCESSABLE, gettext_lazy("The id is missing or too long")),
    Reason.WRONG_VERSION: Kind(Reason.WRONG_VERSION, UNPROCESSABLE, gettext_lazy("Only CloudEvents 1.0 are read")),
    Reason.WRONG_SOURCE: Kind(Reason.WRONG_SOURCE, UNPROCESSABLE, gettext_lazy("The source is not the token's")),
    Reason.UNKNOWN_SERVICE: Kind(Reason.UNKNOWN_SERVICE, UNPROCESSABLE, gettext_lazy("No service has this code")),
    Reason.NOT_METERED: Kind(Reason.NOT_METERED, UNPROCESSABLE, gettext_lazy("On CRM Suite nothing is metered")),
    Reason.INVALID_TIME: Kind(Reason.INVALID_TIME, UNPROCESSABLE, gettext_lazy("The time is no RFC 3339 time")),
    Reason.TIME_MISSING: Kind(Reason.TIME_MISSING, UNPROCESSABLE, gettext_lazy("What is counted needs its time")),
    Reason.INVALID_SUBJECT: Kind(Reason.INVALID_SUBJECT, UNPROCESSABLE, gettext_lazy("The subject cannot be kept")),
    Reason.INVALID_QUANTITY: Kind(
        Reason.INVALID_QUANTITY, UNPROCESSABLE, gettext_lazy("The quantity is no amount that can be counted")
    ),
    Reason.EVENT_TOO_OLD: Kind(Reason.EVENT_TOO_OLD, UNPROCESSABLE, gettext_lazy("The event is too old to count")),
    Reason.EVENT_IN_FUTURE: Kind(Reason.EVENT_IN_FUTURE, UNPROCESSABLE, gettext_lazy("The event is still to come")),
    Reason.ID_REUSED: Kind(
        Reason.ID_REUSED, HTTPStatus.CONFLICT, gettext_lazy("The id belongs to another event that was counted")
    ),
}
NOT_ALL_COUNT = Kind("not-all-count", UNPROCESSABLE, gettext_lazy("Not every event counts, so none was counted"))
TRY_AGAIN = Kind("try-again", HTTPStatus.SERVICE_UNAVAILABLE, gettext_lazy("Try again; nothing was counted"))
PROBLEMS = (*KINDS.values(), NOT_ALL_COUNT, TRY_AGAIN)

WAITED: Final = (errors.LockNotAvailable, errors.DeadlockDetected, errors.QueryCanceled)
"""What the database says when others had been at the same months for too long."""
RETRY_AFTER: Final = {"Retry-After": "5"}

STATUSES: Final = {
    Status.ACCEPTED: gettext_lazy("It is counted"),
    Status.DUPLICATE: gettext_lazy("It was counted before"),
    Status.CONFLICT: gettext_lazy("Another event with this id was counted; this one is not"),
    Status.REJECTED: gettext_lazy("It is not counted"),
}

EVENT_SCHEMA: Final = {
    "title": "UsageEvent",
    "description": "A CloudEvent in JSON. Other attributes may be there and mean nothing here.",
    "type": "object",
    "properties": {
        "specversion": {"type": "string", "const": "1.0", "default": "1.0"},
        "id": {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST,
            "pattern": "^[^\\u0000]*$",
            "description": "With the source it names the event for ever.",
        },
        "source": {"type": "string", "description": "The token's.", "examples": ["https://crm.example"]},
        "type": {"type": "string", "description": "Code of the service.", "examples": ["mailing-emails"]},
        "time": {
            "type": "string",
            "format": "date-time",
            "description": "When it was; what is measured may leave it out and is then measured now.",
        },
        "subject": {"type": "string", "maxLength": LONGEST, "pattern": "^[^\\u0000]*$"},
        "data": {
            "type": "object",
            "properties": {
                "quantity": {
                    "description": "A number, or a decimal in a string; at most six decimals.",
                    "anyOf": [
                        {"type": "number", "minimum": 0, "maximum": MOST_QUANTITY},
                        {"type": "string", "pattern": r"^\d{1,12}(\.\d{1,6})?$"},
                    ],
                    "examples": [120],
                }
            },
            "required": ["quantity"],
        },
    },
    "required": ["id", "source", "type", "data"],
}
EXAMPLE: Final = {
    "specversion": "1.0",
    "id": "mailing-4711-batch-3",
    "source": "https://crm.example",
    "type": "mailing-emails",
    "time": "2026-11-26T09:30:00Z",
    "subject": "mailing/4711",
    "data": {"quantity": 120},
}
MANY: Final = {"type": "array", "items": EVENT_SCHEMA, "maxItems": MOST_EVENTS}
DESCRIBED: Final[dict[str, Any]] = {
    "parameters": [
        {
            "name": "Prefer",
            "in": "header",
            "required": False,
            "schema": {
                "type": "string",
                "description": "“handling=strict”: if one event does not count, none does, and the answer is 422.",
                "examples": ["handling=strict"],
            },
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            ONE: {"schema": EVENT_SCHEMA, "example": EXAMPLE},
            BATCH: {"schema": MANY, "example": [EXAMPLE]},
            PLAIN: {"schema": {"oneOf": [EVENT_SCHEMA, MANY]}, "example": [EXAMPLE]},
        },
    },
    "responses": {
        400: response_of(MALFORMED),
        413: response_of(TOO_LARGE),
        415: response_of(WRONG_MEDIA_TYPE),
        422: response_of(NOT_ALL_COUNT),
        503: response_of(TRY_AGAIN),
    },
}


class ItemProblem(Schema):
    """Why an event does not count."""

    type: str = Field(examples=["/api/v1/docs#event-id-reused"])
    title: str
    status: int = Field(examples=[409])
    errors: list[dict[str, str]]


class Result(Schema):
    """What became of one event."""

    index: int = Field(description="Its place in what was sent, from 0.")
    id: str = Field(description="Empty where none could be read.")
    status: str = Field(
        json_schema_extra={
            "enum": [status.value for status in Status],
            "x-codes": {status.value: str(said) for status, said in STATUSES.items()},
        }
    )
    problem: ItemProblem | None = Field(None, description="There when it does not count.")


class Taken(Schema):
    """What became of each event, in their order."""

    accepted: int = Field(examples=[1])
    duplicate: int = Field(examples=[0])
    conflict: int = Field(examples=[0])
    rejected: int = Field(examples=[0])
    results: list[Result]


@router.post(
    "/events",
    auth=ApiTokenAuth(ApiToken.Scope.EVENTS_WRITE),
    response={HTTPStatus.OK: Taken, HTTPStatus.MULTI_STATUS: Taken},
    operation_id="send_events",
    summary="Report usage",
    url_name="events",
    openapi_extra=DESCRIBED,
)
def send_events(request: ApiRequest) -> HttpResponse:
    """Events as CloudEvents 1.0: one as application/cloudevents+json, a list of up to 1,000 as
    application/cloudevents-batch+json, either as application/json; each up to 32 KiB, together up to 1 MiB. What is
    accepted is counted when the answer comes, once, however often it is sent: send again whatever was not answered.
    200 says that everything counts, 207 that something does not. An event may be 35 days old; with the scope
    events:backfill it may be of the month before last. 503 says that the month was busy and nothing was counted."""
    is_strict = _is_strict(request)
    outcomes = _outcomes(request, strict=is_strict)
    steps = _steps_to(request, len(outcomes))
    has_faults = any(outcome.is_fault for outcome in outcomes)
    if has_faults and is_strict:
        raise _none_counts(outcomes, steps)
    status = HTTPStatus.MULTI_STATUS if has_faults else HTTPStatus.OK
    return HttpResponse(msgspec.json.encode(_taken(outcomes, steps)), status=status, content_type=PLAIN)


def _outcomes(request: ApiRequest, *, strict: bool) -> list[Outcome]:
    """What became of each event. Raises Problem, also where others held for too long what has to be locked."""
    events, token = _events_of(request), request.auth
    may_backfill = ApiToken.Scope.EVENTS_BACKFILL in token.scopes
    try:
        return ingest(request.tenant, events, source=token.source, may_backfill=may_backfill, strict=strict)
    except OperationalError as error:
        if not isinstance(error.__cause__, WAITED):
            raise
        raise Problem(TRY_AGAIN, headers=RETRY_AFTER) from error


def _is_strict(request: ApiRequest) -> bool:
    """Whether a preference as RFC 7240 writes it asks for all or nothing."""
    wishes = request.headers.get("Prefer", "").lower().split(",")
    return any(wish.partition(";")[0].replace(" ", "").replace('"', "") == "handling=strict" for wish in wishes)


def _steps_to(request: ApiRequest, number: int) -> Sequence[Sequence[int]]:
    """The way from the top of the body to each event: none where it is one."""
    is_list = request.body.lstrip()[:1] == b"["
    return [(index,) if is_list else () for index in range(number)]


def _events_of(request: ApiRequest) -> Sequence[bytes | msgspec.Raw]:
    """The events in the body, each still as JSON. Raises Problem."""
    if len(request.body) > MOST_BYTES:
        raise too_large()
    media_type = request.content_type or ""
    if media_type not in IS_BATCH:
        raise Problem(WRONG_MEDIA_TYPE, _("Send it as %(types)s.") % {"types": ", ".join(IS_BATCH)})
    try:
        events = split(request.body, is_batch=IS_BATCH[media_type])
    except MalformedBatch:
        raise Problem(MALFORMED, _("An event is an object, several are a list.")) from None
    if len(events) > MOST_EVENTS:
        raise Problem(TOO_LARGE, _("At most %(most)s events at a time.") % {"most": MOST_EVENTS})
    return events


def _taken(outcomes: Sequence[Outcome], steps: Sequence[Sequence[int]]) -> dict[str, Any]:
    results: list[dict[str, Any]] = []
    numbers = dict.fromkeys((status.value for status in Status), 0)
    for index, outcome in enumerate(outcomes):
        numbers[outcome.status.value] += 1
        result = {"index": index, "id": outcome.event_id, "status": outcome.status.value}
        if outcome.is_fault:
            result["problem"] = _problem(outcome, steps[index])
        results.append(result)
    return {**numbers, "results": results}


def _problem(outcome: Outcome, steps: Sequence[int]) -> dict[str, Any]:
    """As RFC 9457 has it, with the place in the body."""
    kind = KINDS[outcome.reason or Reason.NOT_AN_EVENT]
    return Problem(kind, errors=[_place(outcome, steps)]).as_object()


def _place(outcome: Outcome, steps: Sequence[int]) -> dict[str, str]:
    reason = outcome.reason or Reason.NOT_AN_EVENT
    return error_at(["body", *steps, *outcome.where.split("/")[1:]], reason, str(KINDS[reason].title))


def _none_counts(outcomes: Sequence[Outcome], steps: Sequence[Sequence[int]]) -> Problem:
    places = [_place(outcome, way) for outcome, way in zip(outcomes, steps, strict=True) if outcome.is_fault]
    return Problem(NOT_ALL_COUNT, errors=places)
