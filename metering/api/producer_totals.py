"""`PUT /producer-totals/<day>`: what a back end counted itself, held against what was counted here."""

from datetime import date, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import Field, Path, Router, Schema
from pydantic import RootModel, WithJsonSchema

from config.api.described import response_of
from config.api.fields import SENT_AS_NUMBER
from config.api.problems import INVALID, NOT_FOUND, Kind, Problem, error_at
from licences.access import ApiRequest
from licences.bearer import ApiTokenAuth
from licences.models import ApiToken, Tenant
from metering.models import MeteredService
from metering.rating import plain
from metering.reports.days.reconciliation import counted_of_day
from metering.services.producer_totals import report_totals

router = Router(tags=["Usage"])

DAYS_BACK: Final = 400
DAY_NOT_TAKEN = Kind("day-not-taken", HTTPStatus.CONFLICT, gettext_lazy("No totals of this day are taken"))
PROBLEMS = (DAY_NOT_TAKEN,)

MOST: Final = 10**18
Quantity = (
    Annotated[str, Field(pattern=r"^[0-9]{1,18}(\.[0-9]{1,6})?$")]
    | Annotated[int, Field(ge=0, le=MOST), SENT_AS_NUMBER]
)
Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]


class Totals(RootModel[Annotated[dict[str, Quantity], Field(min_length=1, max_length=100)]]):
    """A total for each service, by its code."""


class ServiceTotal(Schema):
    """One service of the day, as both counted it."""

    service: str = Field(examples=["mailing-emails"])
    counted: str = Field(description="What the events of the source came to.", examples=["1240"])
    reported: str = Field(examples=["1240"])
    matches: bool


class DayTotals(Schema):
    """The totals as they are kept now, beside what was counted."""

    day: date
    source: str = Field(examples=["https://crm.example"])
    results: list[ServiceTotal]


@router.put(
    "/producer-totals/{day}",
    auth=ApiTokenAuth(ApiToken.Scope.EVENTS_WRITE),
    response=DayTotals,
    operation_id="report_totals",
    summary="Report your own totals of a day",
    url_name="producer_totals",
    openapi_extra={
        "responses": {409: response_of(DAY_NOT_TAKEN)},
        "requestBody": {"content": {"application/json": {"example": {"mailing-emails": "1240", "storage-used": 12}}}},
    },
)
def put_totals(
    request: ApiRequest,
    day: Annotated[Day, Path(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", example="2026-11-26")],
    body: Totals,
) -> DayTotals:
    """What the token's source counted itself on a day of the tenant's calendar, by service; of what is measured its
    highest value. The answer says whether it is what was counted here. Send it again when it changes: the last one
    holds. On CRM Suite nothing is kept."""
    tenant, source, on = request.tenant, request.auth.source, _day(day)
    if tenant.is_suite:
        return DayTotals(day=on, source=source, results=[])
    _check_day(tenant, on)
    totals = _totals(body.root)
    report_totals(tenant, totals, day=on, source=source)
    counted = counted_of_day(tenant, totals, day=on, source=source)
    return DayTotals(day=on, source=source, results=[_told(each, counted[each], totals[each]) for each in totals])


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        where = error_at(["path", "day"], "day", _("This is no day of the calendar."))
        raise Problem(INVALID, errors=[where]) from None


def _check_day(tenant: Tenant, day: date) -> None:
    """A producer's clock may be a little ahead, and old days are no longer held against anything."""
    if not tenant.today - timedelta(days=DAYS_BACK) <= day <= tenant.today + timedelta(days=1):
        detail = _("It may be from %(days)s days ago to tomorrow.") % {"days": DAYS_BACK}
        raise Problem(DAY_NOT_TAKEN, detail)


def _totals(sent: dict[str, Any]) -> dict[MeteredService, Decimal]:
    """By service, in the order of the price list. Raises Problem if one of them is none."""
    services = {service.code: service for service in MeteredService.objects.order_by("sort_order")}
    unknown = [code for code in sent if code not in services]
    if unknown:
        said = _("No service has this code.")
        raise Problem(NOT_FOUND, errors=[error_at(["body", code], "unknown-service", said) for code in unknown])
    return {service: Decimal(sent[code]) for code, service in services.items() if code in sent}


def _told(service: MeteredService, counted: Decimal, reported: Decimal) -> ServiceTotal:
    return ServiceTotal(
        service=service.code, counted=plain(counted), reported=plain(reported), matches=counted == reported
    )
