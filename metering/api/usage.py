"""`GET /usage`: what each service comes to in a month."""

from datetime import datetime
from typing import Annotated

from django.utils import timezone
from ninja import Field, Query, Router, Schema

from licences.access import ApiRequest
from licences.bearer import ApiTokenAuth
from licences.models import ApiToken
from metering.api.months import MONTH, month_of
from metering.periods import Month
from metering.rating import plain
from metering.reports.months.rated import ServiceMonth, UseState, service_months

router = Router(tags=["Usage"])

STATES = {
    UseState.WITHIN: "Below 85 % of the allowance, or without one",
    UseState.NEAR: "From 85 % of the allowance on",
    UseState.OVER: "All of the allowance is used, or more",
}


class AllowanceBasis(Schema):
    """How an allowance comes about: so much for everybody, and so much for each user."""

    base: str = Field(examples=["500"])
    per_user: str = Field(examples=["20"])
    users: int = Field(description="The most who held a plan at one time in the month.", examples=[24])
    formula: str = Field(examples=["500 + 24 × 20 = 980"])


class ServiceUsage(Schema):
    """One service in the month. Quantities are decimals in strings."""

    service: str = Field(description="Its code, as events have it.", examples=["mailing-emails"])
    name: str = Field(examples=["E-mails sent via Mailings"])
    unit: str = Field(examples=["e-mails"])
    used: str = Field(examples=["1240"])
    allowance: str | None = Field(description="Null where no price is agreed.", examples=["980"])
    allowance_basis: AllowanceBasis | None
    overage: str = Field(description="What goes beyond the allowance.", examples=["260"])
    state: UseState = Field(json_schema_extra={"x-codes": {each.value: said for each, said in STATES.items()}})


class MonthUsage(Schema):
    """All services of a month."""

    month: str = Field(examples=["2026-11"])
    timezone: str = Field(description="Whose calendar the month is of.", examples=["Europe/Oslo"])
    as_of: datetime = Field(description="Every event that was answered before is in the numbers.")
    services: list[ServiceUsage]


@router.get(
    "/usage",
    auth=ApiTokenAuth(ApiToken.Scope.USAGE_READ),
    response=MonthUsage,
    operation_id="get_usage",
    summary="Read the usage of a month",
    url_name="usage",
)
def usage(
    request: ApiRequest,
    month: Annotated[str | None, Query(None, pattern=MONTH, description="Without it this month.", example="2026-11")],
) -> MonthUsage:
    """Every metered service, used or not; none on CRM Suite."""
    tenant = request.tenant
    asked = month_of(month) if month else Month.of(tenant.today)
    return MonthUsage(
        month=str(asked),
        timezone=tenant.time_zone,
        as_of=timezone.now(),
        services=[_told(each) for each in service_months(tenant, asked)],
    )


def _told(each: ServiceMonth) -> ServiceUsage:
    basis = each.basis
    return ServiceUsage(
        service=each.service.code,
        name=each.service.name,
        unit=each.service.unit,
        used=plain(each.used),
        allowance=None if each.allowance is None else plain(each.allowance),
        allowance_basis=None if basis is None else AllowanceBasis.model_validate(basis),
        overage=plain(each.rating.overage) if basis is not None else "0",
        state=each.state,
    )
