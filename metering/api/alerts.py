"""`GET /alerts`: when usage came to so much of an allowance."""

from datetime import datetime

from ninja import Field, Query, Router, Schema

from config.api.paging import PageQuery, page_of
from licences.access import ApiRequest
from licences.bearer import ApiTokenAuth
from licences.models import ApiToken
from metering.models import UsageAlert
from metering.rating import plain
from metering.reports.alerts import alerts_of

router = Router(tags=["Usage"])

ORDER = ("-at", "-pk")


class Alert(Schema):
    """Usage of a month came to a threshold, which is told once. The numbers are those of that moment."""

    service: str = Field(examples=["mailing-emails"])
    month: str = Field(examples=["2026-11"])
    threshold: int = Field(description="Percent of the allowance: 50, 85, 100, 150 or 200.", examples=[85])
    used: str = Field(examples=["840"])
    allowance: str = Field(examples=["980"])
    users: int = Field(description="That the allowance was for.", examples=[24])
    at: datetime


class Alerts(Schema):
    """One page of the list."""

    results: list[Alert]
    next: str | None = Field(description="Cursor of the next page; null on the last.")


@router.get(
    "/alerts",
    auth=ApiTokenAuth(ApiToken.Scope.USAGE_READ),
    response=Alerts,
    operation_id="list_alerts",
    summary="List usage alerts",
    url_name="alerts",
)
def alerts(request: ApiRequest, query: Query[PageQuery]) -> Alerts:
    """The newest first; none on CRM Suite. An alert is there when the answer to the event that caused it is."""
    page = page_of(alerts_of(request.tenant), query, keys=ORDER, list_of=f"usage alerts of {request.tenant.pk}")
    return Alerts(results=[_told(alert) for alert in page.rows], next=page.next)


def _told(alert: UsageAlert) -> Alert:
    return Alert(
        service=alert.service.code,
        month=f"{alert.month:%Y-%m}",
        threshold=alert.threshold,
        used=plain(alert.used),
        allowance=plain(alert.allowance),
        users=alert.users,
        at=alert.at,
    )
