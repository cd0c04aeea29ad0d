"""`GET /invoices/<month>`: the invoice of a month or what it comes to so far, with how each line came about."""

from typing import Annotated, Literal

from django.http import Http404
from ninja import Field, Path, Router, Schema

from licences.access import ApiRequest
from licences.bearer import ApiTokenAuth
from licences.models import ApiToken
from metering.api.months import MONTH, month_of
from metering.api.usage import AllowanceBasis
from metering.models import InvoiceLine, RatedBy
from metering.periods import MonthState
from metering.rating import plain
from metering.reports.invoices.shown import invoice_of

router = Router(tags=["Usage"])

STATES = {
    MonthState.OPEN: "The month lasts: this is what it comes to so far",
    MonthState.CLOSING: "The month is over, and late events still count in it",
    MonthState.FINAL: "The invoice is drawn and never changes",
}


class Terms(Schema):
    """What is included and what more costs. Where there are steps, they take the place of base and per_user."""

    base: str = Field(examples=["500"])
    per_user: str = Field(examples=["20"])
    block_size: str = Field(examples=["100"])
    price_minor: str = Field(examples=["250"])
    steps: list[list[int | str]] = Field(description="From so many users on, so much is included.")


class Numbers(Schema):
    """What was counted in the month, before and after corrections."""

    total: str = Field(description="The sum of the events, of what is measured the highest.", examples=["1240"])
    carried: str | None = Field(description="What a measured value was when the month began.")
    average: str | None = Field(description="Of a measured value, over the time of the month.")
    adjusted: str = Field(description="What corrections made of it.", examples=["0"])
    used: str = Field(description="The number that counts.", examples=["1240"])


class Formulas(Schema):
    """The sums that were done."""

    allowance: str = Field(examples=["500 + 24 × 20 = 980"])
    overage: str = Field(examples=["max(0, 1240 − 980) = 260"])
    blocks: str = Field(examples=["⌈260 / 100⌉ = 3"])
    amount: str = Field(examples=["3 × 250 = 750"])


class Rated(Schema):
    """What all of a month comes to."""

    used: str = Field(examples=["1240"])
    overage: str = Field(examples=["260"])
    blocks: int = Field(examples=[3])
    amount_minor: int = Field(examples=[750])


class Corrected(Schema):
    """A correction that the line takes in."""

    kind: Literal["void", "adjust"]
    quantity: str
    event: str = Field(description="ID of the event that was taken out; else empty.")
    reason: str


class Derivation(Schema):
    """How a line came about, as the rating wrote it down."""

    month: str = Field(description="The month of the usage: of late usage an earlier one.", examples=["2026-11"])
    time_zone: str = Field(examples=["Europe/Oslo"])
    tariff: str | None = Field(description="Null where no price is agreed.")
    terms: Terms
    rated_by: RatedBy = Field(description="Which number of the month is held against the allowance.")
    numbers: Numbers
    allowance_basis: AllowanceBasis
    formulas: Formulas
    rated: Rated
    corrections: list[Corrected]
    invoiced_before: Rated | None = Field(
        None, description="Of late usage: what was invoiced for the month before. The line is what that leaves."
    )


class Line(Schema):
    """A service on the invoice; what came late to an earlier month is a line of its own."""

    service: str = Field(examples=["mailing-emails"])
    used: str = Field(examples=["1240"])
    allowance: str | None = Field(description="Null where no price is agreed.", examples=["980"])
    overage: str = Field(examples=["260"])
    blocks: int = Field(description="Started blocks of what goes beyond the allowance.", examples=[3])
    unit_price_minor: str | None = Field(description="Price of a block in minor units.", examples=["250"])
    amount_minor: int = Field(examples=[750])
    derivation: Derivation


class UsageInvoice(Schema):
    """A month's invoice. Quantities and prices are decimals in strings; amounts are whole minor units."""

    period: str = Field(examples=["2026-11"])
    state: MonthState = Field(json_schema_extra={"x-codes": {each.value: said for each, said in STATES.items()}})
    currency: str = Field(examples=["EUR"])
    total_minor: int = Field(examples=[750])
    lines: list[Line]


@router.get(
    "/invoices/{month}",
    auth=ApiTokenAuth(ApiToken.Scope.USAGE_READ),
    response=UsageInvoice,
    operation_id="get_invoice",
    summary="Read the invoice of a month",
    url_name="invoice",
)
def invoice(request: ApiRequest, month: Annotated[str, Path(pattern=MONTH, example="2026-11")]) -> UsageInvoice:
    """Before the invoice is drawn, three days after the month is over, it is what it would come to now."""
    shown = invoice_of(request.tenant, month_of(month))
    if shown is None:
        raise Http404
    return UsageInvoice(
        period=str(shown.month),
        state=shown.state,
        currency=shown.currency,
        total_minor=shown.total_minor,
        lines=[_told(line) for line in shown.lines],
    )


def _told(line: InvoiceLine) -> Line:
    price = line.unit_price_minor
    return Line(
        service=line.service.code,
        used=plain(line.used),
        allowance=None if line.allowance is None else plain(line.allowance),
        overage=plain(line.overage),
        blocks=line.blocks,
        unit_price_minor=None if price is None else plain(price),
        amount_minor=line.amount_minor,
        derivation=Derivation(**line.derivation),
    )
