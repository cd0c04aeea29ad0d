"""Which licence do I need for this? Features as people look for them, with what brings each and what is to be done."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.core.paginator import Page
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licences.models import LicenceOwner, LicenceType, Tenant, User
from licences.reports.entitlements import feature_of, needed_by, users_with
from licences.reports.feature_offers import Offer, OfferKind, Offers
from licences.reports.grants import Grants, Kind, Owned, grants_of
from licences.reports.paging import nearest_page, search_text

PER_PAGE: Final = 25
OFFERS_IN_A_ROW: Final = 3

SHOW = {
    "all": gettext_lazy("All features"),
    "yours": gettext_lazy("What your company has"),
    "others": gettext_lazy("What your company does not have"),
}
"""Filters: the name in the address, and on the screen."""

EXAMPLES = ("quote", "project", "mailing", "chat", "mobile", "target", "dashboard", "calendar")
"""Words of the price list to begin with."""


@dataclass(frozen=True, slots=True)
class FeatureQuery:
    """What the address asks of the list; whatever makes no sense is the default."""

    search: str = ""
    show: str = "all"
    page: str = "1"
    is_asked: bool = True

    @classmethod
    def from_address(cls, params: dict[str, str]) -> "FeatureQuery":
        """Whoever has not asked for anything yet is shown how to, and not everything there is."""
        show, search = params.get("show", "all"), search_text(params.get("q", ""))
        is_asked = bool(search) or "show" in params
        return cls(search, show if show in SHOW else "all", params.get("page", "1"), is_asked)


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do, in words. With a `url`, where to do it: `label` stands on the link."""

    text: str
    url: str = ""
    label: str = ""
    leads_away: bool = False


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: whether everybody has it or whoever has a seat, what brings it, what is left to do."""

    code: str
    name: str
    tooltip: str
    enables: str
    kind: Kind
    owner: LicenceOwner
    for_all: bool
    by_seat: bool
    is_over: bool
    offers: list[Offer]
    needs: list[Kind]
    steps: list[Step]

    @property
    def first_offers(self) -> list[Offer]:
        return self.offers[:OFFERS_IN_A_ROW]

    @property
    def more_offers(self) -> int:
        return len(self.offers) - OFFERS_IN_A_ROW


@dataclass(frozen=True, slots=True)
class FeaturePage:
    """One page of what fits. `page` counts, `rows` are shown."""

    page: Page[LicenceType]
    rows: list[Feature]


@dataclass(frozen=True, slots=True)
class Users:
    """How many may use a feature, of how many who can log in."""

    able: int
    all: int


def feature_page(tenant: Tenant, query: FeatureQuery) -> FeaturePage:
    """The features that fit, best first; a page that does not exist is the nearest."""
    grants = grants_of(tenant)
    fitting = _fitting(grants, query) if query.is_asked else LicenceType.objects.none()
    found = nearest_page(fitting, query.page, per_page=PER_PAGE)
    offers = Offers(tenant, grants)
    return FeaturePage(found, [_feature(kind, offers) for kind in found])


def feature(tenant: Tenant, code: str) -> tuple[Feature, Users] | None:
    """One feature with how many may use it; None where there is none of this code for the tenant."""
    grants = grants_of(tenant)
    kind = feature_of(grants, code)
    if kind is None:
        return None
    found = LicenceType.objects.select_related("owner").get(pk=kind.pk)
    users = User.objects.of(tenant).able_to_log_in()
    counted = Users(able=users_with(tenant, found, grants).count(), all=users.count())
    return _feature(found, Offers(tenant, grants)), counted


def _fitting(grants: Grants, query: FeatureQuery) -> QuerySet[LicenceType]:
    """Each word must be in the name, the code, the short text or the long one; or all of them by their stems."""
    features = LicenceType.objects.select_related("owner").filter(
        pk__in=[kind.pk for kind in grants.kinds.values() if kind.is_feature]
    )
    owned = [pk for pk in grants.kinds if _has(pk, grants)]
    if query.show != "all":
        features = features.filter(pk__in=owned) if query.show == "yours" else features.exclude(pk__in=owned)
    order = ("-owner__is_vendor", "owner__name", "sort_order")
    if not query.search:
        return features.order_by(*order)
    texts = ("name", "code", "tooltip", "enables")
    every_word = Q()
    for word in query.search.split():
        every_word &= Q(*((f"{text}__icontains", word) for text in texts), _connector=Q.OR)
    by_stems = Q(stems=SearchQuery(query.search, config="english"))
    return (
        features.alias(stems=SearchVector(*texts, config="english"))
        .filter(every_word | by_stems)
        .alias(rank=_rank(query.search))
        .order_by("rank", *order)
    )


def _rank(search: str) -> Case:
    """A name that begins so comes first, then one that holds it, then the short texts, then the rest."""
    first = [Q(name__istartswith=search), Q(name__icontains=search), Q(code__iexact=search)]
    places = [When(q, then=Value(place)) for place, q in enumerate([*first, Q(tooltip__icontains=search)])]
    return Case(*places, default=Value(len(places)), output_field=IntegerField())


def _has(feature: int, grants: Grants) -> bool:
    return any(grants.in_force(each) for each in grants.owned_with(feature))


def _feature(kind: LicenceType, offers: Offers) -> Feature:
    grants = offers.grants
    known, company = grants.kinds[kind.pk], grants.company.get(kind.pk)
    brought = offers.of(known)
    return Feature(
        code=known.code,
        name=kind.name,
        tooltip=kind.tooltip,
        enables=kind.enables,
        kind=known,
        owner=kind.owner,
        for_all=company is not None and grants.in_force(company),
        by_seat=bool(grants.seats_with(kind.pk)) and _has(kind.pk, grants),
        is_over=bool(grants.owned_with(kind.pk)) and not _has(kind.pk, grants),
        offers=brought,
        needs=[grants.kinds[each] for each in needed_by(kind.pk, grants)],
        steps=list(_steps(kind, brought, offers)),
    )


def _steps(kind: LicenceType, brought: list[Offer], offers: Offers) -> Iterator[Step]:
    """What it takes until somebody who lacks the feature has it; nothing where everybody does."""
    grants, owned = offers.grants, offers.grants.owned_with(kind.pk)
    company = grants.company.get(kind.pk)
    if owned and not _has(kind.pk, grants):
        yield _to_shop(kind.owner, _("You own it, but the licence has expired. Renew it."))
    elif owned and company is None:
        yield from _steps_to_assign(owned, grants, kind.owner)
    elif not owned:
        yield _step_to_buy(kind, brought, is_suite=offers.tenant.is_suite)
    for needed in needed_by(kind.pk, grants):
        if not _has(needed, grants):
            other = grants.kinds[needed]
            said = _("It needs %(name)s too, which your company does not have.") % {"name": other.name}
            yield Step(said, reverse("licences:feature", args=[other.code]), other.name)


def _steps_to_assign(owned: list[Owned], grants: Grants, owner: LicenceOwner) -> Iterator[Step]:
    with_seats = [each for each in owned if each.free is None or each.free > 0]
    for licence in with_seats:
        address = reverse("licences:users") + "?" + urlencode({"without": grants.kinds[licence.type_id].code})
        yield Step(_to_assign(licence), address, _("Choose users"))
    if not with_seats:
        names = ", ".join(f"“{each.name}”" for each in owned)
        said = _("You own it, but every seat of %(names)s is in use. Free one, or buy more.") % {"names": names}
        yield _to_shop(owner, said)


def _to_assign(licence: Owned) -> str:
    if licence.free is None:
        return _("You own it: assign %(name)s, of which there is no end.") % {"name": licence.name}
    said = ngettext(
        "You own it: assign %(name)s, %(free)d seat free.",
        "You own it: assign %(name)s, %(free)d seats free.",
        licence.free,
    )
    return said % {"name": licence.name, "free": licence.free}


def _step_to_buy(kind: LicenceType, brought: list[Offer], *, is_suite: bool) -> Step:
    """The way that costs least words: another Suite plan, a plan, an add-on, a licence of its own."""
    ways = [OfferKind.SUITE_PLAN] if is_suite else [OfferKind.PLAN]
    for way in (*ways, OfferKind.ADD_ON, OfferKind.LICENCE, OfferKind.SYSTEM_LICENCE):
        names = ", ".join(offer.name for offer in brought if offer.kind == way)
        if not names:
            continue
        if way == OfferKind.SUITE_PLAN:
            said = _("Comes with the plan %(name)s, which is above yours.") % {"name": names}
            return Step(said, reverse("licences:plans"), _("Compare the plans"))
        said = {
            OfferKind.PLAN: _("Comes with a plan that you have not bought: %(name)s."),
            OfferKind.ADD_ON: _("Comes with the add-on %(name)s, which you have not bought."),
        }.get(way, _("Sold as a licence of its own, which you have not bought: %(name)s."))
        return _to_shop(kind.owner, said % {"name": names})
    return Step(
        _("Nothing on today's price list brings it. Ask the support of %(owner)s.") % {"owner": kind.owner.name}
    )


def _to_shop(owner: LicenceOwner, said: str) -> Step:
    if not owner.shop_url:
        return Step(said)
    return Step(said, owner.shop_url, _("Purchase new licences"), leads_away=True)
