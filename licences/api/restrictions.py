"""`/restrictions` and `/fencing`: how much of each limit of the plan is in use, and whether there is one more."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import Field, Path, Router, Schema

from config.api.described import response_of
from config.api.fields import SENT_AS_NUMBER, Body, Moment
from config.api.problems import NOT_FOUND, Kind, Problem
from licences.access import ApiRequest
from licences.api.answers import KEY_REUSED, REPLAYED, IdempotencyKey, answered_once
from licences.bearer import ApiTokenAuth
from licences.indicator import Indicator, indicator
from licences.models import ApiToken, Restriction
from licences.services import restrictions as services
from licences.services.restriction_changes import MOST
from licences.services.restrictions import WhyNot

router = Router(tags=["Restrictions"])
reads = ApiTokenAuth(ApiToken.Scope.RESTRICTIONS_READ)
writes = ApiTokenAuth(ApiToken.Scope.RESTRICTIONS_WRITE)

LONGEST_RESERVATION: Final = 24 * 60 * 60

COUNTED_BY_PRODUCT = Kind("counted-by-product", HTTPStatus.CONFLICT, gettext_lazy("The product counts this one"))
COUNTED_BY_CONSOLE = Kind("counted-by-console", HTTPStatus.CONFLICT, gettext_lazy("The console counts this one"))
BELOW_ZERO = Kind("below-zero", HTTPStatus.CONFLICT, gettext_lazy("Less is in use than is given back"))
AHEAD_OF_TIME = Kind("ahead-of-time", HTTPStatus.CONFLICT, gettext_lazy("The moment has not come yet"))
PROBLEMS = (COUNTED_BY_PRODUCT, COUNTED_BY_CONSOLE, BELOW_ZERO, AHEAD_OF_TIME, KEY_REUSED)

RestrictionCode = Annotated[str, Path(description="Code of the restriction, as the list has it.")]
Limit = Annotated[
    int | None, Field(description="What is in force; null without a limit, 0 where the plan has none of it.")
]
Used = Annotated[int, Field(ge=0, le=MOST)]
STATES: Final = {
    Indicator.BLACK: gettext_lazy("There is room"),
    Indicator.YELLOW: gettext_lazy("85 % of the limit or more is in use"),
    Indicator.RED: gettext_lazy("All of it is in use, or more"),
    Indicator.NOT_IN_PLAN: gettext_lazy("The plan has none of it"),
}
REASONS: Final = {
    WhyNot.NONE: gettext_lazy("It is allowed"),
    WhyNot.LIMIT_REACHED: gettext_lazy("Not so much is left"),
    WhyNot.NOT_IN_PLAN: gettext_lazy("The plan has none of it"),
}
CODES_OF_STATES: Final[dict[str, Any]] = {"x-codes": {state.value: str(said) for state, said in STATES.items()}}
CODES_OF_REASONS: Final[dict[str, Any]] = {"x-codes": {reason.value: str(said) for reason, said in REASONS.items()}}
REPLAY_HEADER: Final = {
    REPLAYED: {"description": "“true” when this is the answer of an earlier request.", "schema": {"type": "string"}}
}


class RestrictionInUse(Schema):
    """One limit of the plan."""

    code: str = Field(examples=["active-projects"])
    name: str = Field(examples=["Active projects"])
    used: int = Field(examples=[97])
    limit: Limit = Field(examples=[100])
    state: Indicator = Field(json_schema_extra=CODES_OF_STATES, examples=["yellow"])
    authority: Restriction.Authority = Field(
        description="Who counts: the console, or the product that reports it.", examples=["console"]
    )
    as_of: datetime = Field(description="When it was counted.", examples=["2026-11-26T09:30:00Z"])


class RestrictionsInUse(Schema):
    """Every limit of the plan."""

    results: list[RestrictionInUse]


class Consumption(Body):
    """How much more is to be used."""

    quantity: Annotated[int, Field(ge=0, le=MOST), SENT_AS_NUMBER] = Field(
        1, description="0 only asks whether there is room for one.", examples=[1]
    )
    reserve_seconds: Annotated[int, Field(ge=1, le=LONGEST_RESERVATION), SENT_AS_NUMBER] | None = Field(
        None,
        description="Makes it a reservation, which gives back what it took unless it is confirmed in so many seconds.",
        examples=[600],
    )


class GivenBack(Body):
    """How much is not used any more."""

    quantity: Annotated[int, Field(ge=1, le=MOST), SENT_AS_NUMBER] = Field(1, examples=[1])


class Allowed(Schema):
    """Whether it was allowed, and how it is now."""

    allowed: bool
    reason: WhyNot = Field(
        description="Stable: new reasons may come, none changes its meaning.",
        json_schema_extra=CODES_OF_REASONS,
        examples=[""],
    )
    used: int = Field(examples=[98])
    limit: Limit = Field(examples=[100])
    state: Indicator = Field(json_schema_extra=CODES_OF_STATES, examples=["yellow"])


class AllowedOrReserved(Allowed):
    """The same; of a reservation also which one it is, and until when it is held."""

    reservation: int | None = Field(None, description="Its number; left out of what is no reservation.", examples=[7])
    expires_at: datetime | None = Field(None, description="Goes with it.", examples=["2026-11-26T09:40:00Z"])


class CountReport(Body):
    """How much the product counted."""

    used: Annotated[Used, SENT_AS_NUMBER] = Field(examples=[97])
    observed_at: Moment = Field(
        description="When it was counted, at most 5 minutes ahead. The newest report counts.",
        examples=["2026-11-26T09:30:00Z"],
    )


def _conflicts(*kinds: Kind, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    """What an operation says of its own 409s, and of the header of its 200."""
    responses: dict[int, Any] = {int(HTTPStatus.CONFLICT): response_of(*kinds)}
    return {"responses": responses | ({200: {"headers": headers}} if headers else {})}


@router.get(
    "/restrictions",
    auth=reads,
    response=RestrictionsInUse,
    operation_id="list_restrictions",
    summary="List restrictions",
    url_name="restrictions",
)
def restrictions(request: ApiRequest) -> RestrictionsInUse:
    """Every limit of the plan in the order of the price list; none on a module-based subscription."""
    rows = Restriction.objects.filter(tenant=request.tenant).select_related("type").order_by("type__sort_order")
    return RestrictionsInUse(results=[_in_use(row) for row in rows])


@router.post(
    "/restrictions/{code}/consume",
    auth=writes,
    response=AllowedOrReserved,
    operation_id="consume",
    summary="May there be one more?",
    url_name="consume",
    openapi_extra=_conflicts(COUNTED_BY_PRODUCT, KEY_REUSED, headers=REPLAY_HEADER),
)
def consume(request: ApiRequest, code: RestrictionCode, body: Consumption, key: IdempotencyKey = None) -> HttpResponse:
    """Takes all of `quantity` or nothing, exactly, whoever else asks at the same time. A refusal is an answer like any
    other, with its reason. Ask before something is created, and give it back when that is deleted; or reserve, and
    confirm once it is there."""
    return answered_once(request, key, body, lambda: _consumed(request, code, body))


def _consumed(request: ApiRequest, code: str, body: Consumption) -> dict[str, Any]:
    source = request.auth.source
    try:
        answer = services.consume(
            request.tenant,
            _plain(code),
            quantity=body.quantity,
            source=source,
            reserve_seconds=body.reserve_seconds,
        )
    except services.UnknownRestriction:
        raise Problem(NOT_FOUND) from None
    except services.CountedByProduct:
        raise Problem(COUNTED_BY_PRODUCT, _("Report how much it is; the console counts nothing here.")) from None
    return _told(answer)


@router.post(
    "/restrictions/{code}/release",
    auth=writes,
    response=Allowed,
    operation_id="release",
    summary="Give back",
    url_name="release",
    openapi_extra=_conflicts(COUNTED_BY_PRODUCT, BELOW_ZERO, KEY_REUSED, headers=REPLAY_HEADER),
)
def release(request: ApiRequest, code: RestrictionCode, body: GivenBack, key: IdempotencyKey = None) -> HttpResponse:
    """Gives back what is not used any more; all of it, or nothing when less is in use. What is reserved is given back
    by cancelling the reservation."""
    return answered_once(request, key, body, lambda: _released(request, code, body))


def _released(request: ApiRequest, code: str, body: GivenBack) -> dict[str, Any]:
    try:
        answer = services.release(request.tenant, _plain(code), quantity=body.quantity, source=request.auth.source)
    except services.UnknownRestriction:
        raise Problem(NOT_FOUND) from None
    except services.CountedByProduct:
        raise Problem(COUNTED_BY_PRODUCT, _("Report how much it is; the console counts nothing here.")) from None
    except services.BelowZero:
        raise Problem(BELOW_ZERO, _("Nothing was given back.")) from None
    return _told(answer)


@router.put(
    "/restrictions/{code}",
    auth=writes,
    response=RestrictionInUse,
    operation_id="report_restriction",
    summary="Report a count",
    url_name="restriction",
    openapi_extra=_conflicts(COUNTED_BY_CONSOLE, AHEAD_OF_TIME),
)
def report_restriction(request: ApiRequest, code: RestrictionCode, body: CountReport) -> RestrictionInUse:
    """Of what the product counts, the newest report is what the console shows; an older one changes nothing. The answer
    says what is known now."""
    try:
        row, _is_news = services.report(request.tenant, _plain(code), used=body.used, observed_at=body.observed_at)
    except services.UnknownRestriction:
        raise Problem(NOT_FOUND) from None
    except services.CountedHere:
        raise Problem(COUNTED_BY_CONSOLE, _("Consume and release it.")) from None
    except services.AheadOfTime:
        raise Problem(AHEAD_OF_TIME, _("At most 5 minutes are taken for clocks that differ.")) from None
    return _in_use(row)


def _told(answer: services.Answer) -> dict[str, Any]:
    said = {
        "allowed": answer.allowed,
        "reason": answer.reason,
        "used": answer.used,
        "limit": answer.limit,
        "state": answer.state,
    }
    if answer.reservation is not None:
        said |= {"reservation": answer.reservation, "expires_at": answer.expires_at}
    return said


def _plain(code: str) -> str:
    """Raises Problem for what PostgreSQL cannot even look for."""
    if "\x00" in code:
        raise Problem(NOT_FOUND)
    return code


def _in_use(row: Restriction) -> RestrictionInUse:
    return RestrictionInUse(
        code=row.type.code,
        name=row.type.name,
        used=row.used,
        limit=row.limit,
        state=indicator(row.used, row.limit),
        authority=Restriction.Authority(row.authority),
        as_of=row.as_of,
    )
