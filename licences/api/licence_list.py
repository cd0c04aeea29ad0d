"""`GET /licences`: what the tenant owns."""

from datetime import date

from ninja import Field, Query, Router, Schema

from config.api.paging import PageQuery, page_of
from licences.access import ApiRequest
from licences.bearer import ApiTokenAuth
from licences.models import ApiToken, Licence, LicenceType

router = Router(tags=["Licences"])

ORDER = ("-type__owner__is_vendor", "type__owner__code", "type__sort_order", "pk")


class OwnedLicence(Schema):
    """One licence in force."""

    code: str = Field(description="A third party's begins with its owner's code and a full stop.")
    name: str
    owner: str = Field(description="Code of whoever issued it.")
    kind: LicenceType.Kind = Field(
        description="Licences of system and site hold for everybody; those of users are given to people."
    )
    in_use: int = Field(description="Seats that users hold.")
    total: int | None = Field(description="What the tenant owns; null without a limit.")
    available: int | None = Field(description="Seats that can still be given; null where there is no end to them.")
    unrestricted: bool = Field(description="Whether there is no limit.")
    expires_on: date | None = Field(description="Last day before the grace period; null where it never expires.")


class OwnedLicences(Schema):
    """One page of the list."""

    results: list[OwnedLicence]
    next: str | None = Field(description="Cursor of the next page; null on the last.")


@router.get(
    "/licences",
    auth=ApiTokenAuth(ApiToken.Scope.LICENCES_READ),
    response=OwnedLicences,
    operation_id="list_licences",
    summary="List licences",
    url_name="licences",
)
def licences(request: ApiRequest, query: Query[PageQuery]) -> OwnedLicences:
    """Every licence that is in force, the vendor's first, in the order of the price list. Hidden licences, which only
    come with a plan, are told by what users may use."""
    rows = Licence.objects.listed().in_force().filter(tenant=request.tenant)
    page = page_of(
        rows.select_related("type__owner", "licence_set"),
        query,
        keys=ORDER,
        list_of=f"licences of {request.tenant.pk}",
    )
    return OwnedLicences(results=[_owned(licence) for licence in page.rows], next=page.next)


def _owned(licence: Licence) -> OwnedLicence:
    owner = licence.type.owner
    held = licence.type.kind == LicenceType.Kind.USER
    return OwnedLicence(
        code=licence.type.code if owner.is_vendor else f"{owner.code}.{licence.type.code}",
        name=licence.name,
        owner=owner.code,
        kind=LicenceType.Kind(licence.type.kind),
        in_use=licence.in_use,
        total=None if licence.unrestricted else licence.total,
        available=licence.available if held else None,
        unrestricted=licence.unrestricted,
        expires_on=licence.licence_set.expires_on,
    )
