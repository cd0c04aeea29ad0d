"""`GET /fencing`: the same facts in the shape of the product's own FencingInfo, so that it reads them as it is.

Source: domain/superoffice.md §2.2.
"""

from fractions import Fraction
from typing import Annotated, Final

from django.http import Http404
from django.utils.translation import gettext as _
from ninja import Field, Path, Router, Schema
from pydantic import ConfigDict
from pydantic.alias_generators import to_pascal

from licences.access import ApiRequest
from licences.bearer import ApiTokenAuth
from licences.indicator import Indicator, indicator
from licences.models import ApiToken, Restriction

router = Router(tags=["Restrictions"])
auth = ApiTokenAuth(ApiToken.Scope.RESTRICTIONS_READ)

NEAR: Final = (Indicator.YELLOW, Indicator.RED)
STOPPED: Final = (Indicator.RED, Indicator.NOT_IN_PLAN)


class FencingInfo(Schema):
    """How close a count is to where it stops."""

    model_config = ConfigDict(alias_generator=to_pascal, populate_by_name=True)

    active_count: int = Field(examples=[97])
    maximum: int | None = Field(description="Null without a limit, 0 where the plan has none of it.", examples=[100])
    is_nearing_maximum: bool = Field(description="From 85 % of it on, until it is reached.", examples=[True])
    has_reached_maximum: bool = Field(description="Reached or exceeded: no more can be made.")
    warning_message: str = Field(description="Empty unless near or reached.", examples=["97 of 100 active projects"])
    warning_tooltip: str = Field(description="What can be done about it; empty likewise.")


@router.get(
    "/fencing",
    auth=auth,
    response=FencingInfo,
    by_alias=True,
    operation_id="get_fencing",
    summary="The limit that is nearest",
    url_name="fencing",
)
def fencing(request: ApiRequest) -> FencingInfo:
    """Of the limits that are near or reached, the one that is fullest. When there is none: 0, null, false and no
    text, as on a module-based subscription."""
    rows = Restriction.objects.filter(tenant=request.tenant).select_related("type").order_by("type__sort_order")
    near = [row for row in rows if indicator(row.used, row.limit) in NEAR]
    return _info(max(near, key=_share)) if near else _nothing()


@router.get(
    "/fencing/{code}",
    auth=auth,
    response=FencingInfo,
    by_alias=True,
    operation_id="get_fencing_of",
    summary="One limit as FencingInfo",
    url_name="fencing_of",
)
def fencing_of(
    request: ApiRequest, code: Annotated[str, Path(description="Code of the restriction, as the list has it.")]
) -> FencingInfo:
    """The same of one limit, however far away it is."""
    rows = Restriction.objects.filter(tenant=request.tenant, type__code=code).select_related("type")
    row = None if "\x00" in code else rows.first()
    if row is None:
        raise Http404
    return _info(row)


def _nothing() -> FencingInfo:
    return FencingInfo(
        active_count=0,
        maximum=None,
        is_nearing_maximum=False,
        has_reached_maximum=False,
        warning_message="",
        warning_tooltip="",
    )


def _share(row: Restriction) -> Fraction:
    return Fraction(row.used, row.limit or 1)


def _info(row: Restriction) -> FencingInfo:
    state = indicator(row.used, row.limit)
    is_quiet = state == Indicator.BLACK
    return FencingInfo(
        active_count=row.used,
        maximum=row.limit,
        is_nearing_maximum=state == Indicator.YELLOW,
        has_reached_maximum=state in STOPPED,
        warning_message="" if is_quiet else _message(row),
        warning_tooltip="" if is_quiet else _tooltip(row, state),
    )


def _message(row: Restriction) -> str:
    if row.limit == 0:
        return _("%(name)s: not in your plan") % {"name": row.type.name}
    unit = row.type.unit_singular if row.limit == 1 else row.type.unit_plural
    return _("%(used)s of %(limit)s %(unit)s") % {"used": row.used, "limit": row.limit, "unit": unit}


def _tooltip(row: Restriction, state: Indicator) -> str:
    if state == Indicator.NOT_IN_PLAN:
        return _("A bigger plan has it.")
    if state == Indicator.RED:
        return _("No more can be added. %(how)s") % {"how": row.type.free_capacity}
    return _("The limit is near. %(how)s") % {"how": row.type.free_capacity}
