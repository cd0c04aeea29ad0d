"""`GET /system-events` and `PUT /system-events/<key>`: what the system is doing, here and in product back ends."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import Field, Path, Query, Router, Schema
from ninja.responses import Status
from pydantic import ConfigDict, model_validator

from config.api.described import response_of
from config.api.fields import SENT_AS_NUMBER, Body, Moment, Text, Words
from config.api.paging import PageQuery, page_of
from config.api.problems import Kind, Problem
from licences.access import ApiRequest
from licences.bearer import ApiTokenAuth
from licences.models import ApiToken
from notifications.models import SystemEvent
from notifications.services.product_reports import (
    Noted,
    OfAnotherScope,
    Report,
    ReservedKey,
    ReservedSource,
    take_report,
)
from notifications.services.tracker import AlreadyActive

router = Router(tags=["System events"])

LARGEST = 2**63 - 1
YEARS = range(2001, 2101)
OF_SOMEBODY = (SystemEvent.Scope.GROUP, SystemEvent.Scope.USER)
OWNER_WITH_ITS_SCOPES: dict[str, Any] = {
    "if": {"properties": {"scope": {"enum": [scope.value for scope in OF_SOMEBODY]}}, "required": ["scope"]},
    "then": {"properties": {"owner": {"minLength": 1}}, "required": ["owner"]},
    "else": {"properties": {"owner": {"maxLength": 0}}},
}

ALREADY_ACTIVE = Kind("already_active", HTTPStatus.CONFLICT, gettext_lazy("The same event is active already"))
OF_ANOTHER_SCOPE = Kind("of-another-scope", HTTPStatus.CONFLICT, gettext_lazy("The run has another scope or owner"))
RESERVED_KEY = Kind("reserved-key", HTTPStatus.CONFLICT, gettext_lazy("The key is one of the console's notices"))
RESERVED_SOURCE = Kind("reserved-source", HTTPStatus.CONFLICT, gettext_lazy("The source is the console's own"))
PROBLEMS = (ALREADY_ACTIVE, OF_ANOTHER_SCOPE, RESERVED_KEY, RESERVED_SOURCE)

EventKey = Annotated[
    str,
    Path(
        max_length=254,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$",
        description="Names the thing that happens: UDefRebuild, FreetextRebuild, PrototypeRebuild and ROURebuild are "
        "known, with their texts.",
    ),
]
Rows = Annotated[int, Field(ge=0, le=LARGEST), SENT_AS_NUMBER]
Percent = Annotated[int, Field(ge=0, le=100), SENT_AS_NUMBER]


class Reported(Body):
    """How far one run is. What is left out stays as it was."""

    model_config = Body.model_config | ConfigDict(json_schema_extra=OWNER_WITH_ITS_SCOPES)

    run: Words = Field("1", max_length=100, description="One execution of the event; a new one begins anew.")
    seq: Rows | None = Field(None, description="Grows with each report of a run; one that does not is ignored.")
    status: SystemEvent.Status
    name: Words | None = Field(None, max_length=200, description="How the list calls it; known keys bring their own.")
    percent: Percent | None = Field(None, description="Follows from the rows if left out.")
    done: Rows | None = Field(None, description="Rows done.")
    total: Rows | None = Field(None, description="Rows in all; raised when more are done.")
    message: Text | None = Field(None, max_length=254, description="One line for the list; the reason of a failure.")
    eta: Moment | None = Field(None, description="When it should end; one outside this century counts as unknown.")
    scope: SystemEvent.Scope = Field(SystemEvent.Scope.SYSTEM, description="What it applies to.")
    owner: Text = Field("", max_length=100, description="Name of the group or user ID; empty for the other scopes.")
    description: Text | None = Field(None, max_length=4000, description="Read below the list.")

    @model_validator(mode="after")
    def _fits_together(self) -> "Reported":
        if (self.scope in OF_SOMEBODY) != bool(self.owner):
            raise ValueError("owner goes with the scopes group and user, and only with them")
        return self


class Event(Schema):
    """One run of a system event, as the console knows it."""

    key: str
    run: str
    name: str
    status: SystemEvent.Status
    percent: int | None
    done: int | None
    total: int | None
    message: str
    eta: datetime | None = Field(description="When it should end; null once it has.")
    scope: SystemEvent.Scope
    owner: str
    activated_at: datetime
    activated_by: str = Field(description="User ID of whoever started it; else the source that reports it.")
    finished_at: datetime | None


class NotedEvent(Event):
    """The event after a report."""

    ignored: bool = Field(description="Whether the report changed nothing: the run has ended, or it was not newer.")


class Events(Schema):
    """One page of the list."""

    results: list[Event]
    next: str | None = Field(description="Cursor of the next page; null on the last.")


@router.get(
    "/system-events",
    auth=ApiTokenAuth(ApiToken.Scope.SYSTEM_EVENTS_READ),
    response=Events,
    operation_id="list_system_events",
    summary="List system events",
    url_name="system_events",
)
def list_events(request: ApiRequest, query: Query[PageQuery]) -> Events:
    """What the system does and did, here and in products, the newest first."""
    events = SystemEvent.objects.of(request.tenant).select_related("activated_by")
    page = page_of(events, query, keys=("-activated_at", "-pk"), list_of=f"system events of {request.tenant.pk}")
    return Events(results=[Event(**_told(event)) for event in page.rows], next=page.next)


@router.put(
    "/system-events/{key}",
    auth=ApiTokenAuth(ApiToken.Scope.SYSTEM_EVENTS_WRITE),
    response={200: NotedEvent, 201: NotedEvent},
    operation_id="report_system_event",
    summary="Report a system event",
    url_name="system_event",
    openapi_extra={"responses": {int(HTTPStatus.CONFLICT): response_of(ALREADY_ACTIVE)}},
)
def report_event(request: ApiRequest, key: EventKey, body: Reported) -> Status[NotedEvent]:
    """Begins a run, says how far it is, or ends it. Of a key, scope and owner one run is active at a time, whoever
    reports it: another is refused as already_active. Sending the same report again does no harm. A run that an
    administrator has cancelled in the console has ended: its reports are ignored."""
    try:
        noted = take_report(request.tenant, source=request.auth.source, key=key, report=_report(body))
    except AlreadyActive:
        raise Problem(ALREADY_ACTIVE, _("Wait until it has ended, or go on with its run.")) from None
    except OfAnotherScope:
        raise Problem(OF_ANOTHER_SCOPE, _("Scope and owner stay the same for a whole run.")) from None
    except ReservedKey:
        raise Problem(RESERVED_KEY, _("Notices are set in the console. Choose another key.")) from None
    except ReservedSource:
        raise Problem(RESERVED_SOURCE, _("Make a token with a source of your own.")) from None
    return Status(201 if noted.is_new else 200, _answer(noted))


def _report(body: Reported) -> Report:
    said = body.model_dump()
    eta = said.pop("eta")
    return Report(expected_at=eta.astimezone(UTC) if eta and eta.year in YEARS else None, **said)


def _answer(noted: Noted) -> NotedEvent:
    return NotedEvent(**_told(noted.event), ignored=noted.ignored)


def _told(event: SystemEvent) -> dict[str, Any]:
    fields = ("key", "run", "name", "status", "percent", "done", "total", "message", "scope", "owner")
    return {field: getattr(event, field) for field in fields} | {
        "eta": event.expected_at,
        "activated_at": event.activated_at,
        "activated_by": event.activated_by.login_id if event.activated_by else event.source,
        "finished_at": event.finished_at,
    }
