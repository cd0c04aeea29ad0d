"""The list of users with their plans, and whom an action on the list is for."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple, cast

from django.core.paginator import Page, Paginator
from django.db.models import CharField, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from licences.models import Licence, LicenceType, Seat, Tenant, User
from licences.models.seats import SeatQuerySet
from licences.models.users import UserQuerySet, initials_of
from licences.reports.entitlements import users_with
from licences.reports.paging import nearest_page, search_text
from licences.reports.user_licences import UserLicences, feature_named

PER_PAGE: Final = 50
NO_PLAN: Final = "no-plan"

SHOW = {
    "all": (_("Everybody"), Q()),
    "yes": (_("Can log in"), Q(can_log_in=True)),
    "no": (_("Cannot log in"), Q(can_log_in=False, left_at__isnull=True)),
    "former": (_("Former employees"), Q(left_at__isnull=False)),
}
"""Filters by *can log in*: the name in the address, on the screen, and which users it shows."""

SORTS = {
    "name": "full_name",
    "user_id": "login_id",
    "role": "role",
    "group": "group_name",
    "last_use": "last_used_at",
}
"""Columns that the list can be sorted by."""


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What the address asks of the list; whatever makes no sense is the default.

    `licence` is the key of one that is held, or NO_PLAN; `without` the key of one that is not; `feature` what a user
    may use.
    """

    search: str = ""
    show: str = "all"
    licence: str = ""
    without: str = ""
    feature: LicenceType | None = None
    sort: str = "name"
    descending: bool = False
    page: str = "1"

    @classmethod
    def from_address(cls, params: Mapping[str, str], licences: UserLicences) -> "ListQuery":
        show, sort = params.get("show", "all"), params.get("sort", "name")
        licence, without = params.get("licence", ""), params.get("without", "")
        column = sort.removeprefix("-")
        return cls(
            search=search_text(params.get("q", "")),
            show=show if show in SHOW else "all",
            licence=licence if licence in licences or licence == NO_PLAN else "",
            without=without if without in licences else "",
            feature=feature_named(search_text(params["feature"])) if params.get("feature") else None,
            sort=column if column in SORTS else "name",
            descending=sort.startswith("-") and column in SORTS,
            page=params.get("page", "1"),
        )

    @property
    def filters(self) -> dict[str, str]:
        """Who is on the list, as the address says it; without what is not filtered."""
        said = {
            "q": self.search,
            "show": "" if self.show == "all" else self.show,
            "licence": self.licence,
            "without": self.without,
            "feature": self.feature.owner.full_code(self.feature.code) if self.feature else "",
        }
        return {name: value for name, value in said.items() if value}


class Row(NamedTuple):
    """One user as the list shows them, in words: fifty of them are most of what the page costs, so that the template
    does no more than write them down."""

    pk: str
    name: str
    initials: str
    login_id: str
    role: str
    group: str
    plans: str
    can_log_in: bool
    has_left: bool
    last_use: str


@dataclass(frozen=True, slots=True)
class UserPage:
    """One page of the list. `page` counts, `rows` are shown."""

    page: Page[User]
    rows: list[Row]


def matching(tenant: Tenant, query: ListQuery, licences: UserLicences) -> UserQuerySet:
    """Everybody who is on the list, on all its pages, in no order."""
    users: UserQuerySet = User.objects.of(tenant)
    if query.feature:
        users = users_with(tenant, query.feature)
    users = users.filter(SHOW[query.show][1])
    if query.licence == NO_PLAN:
        users = users.filter(~Exists(_seats(tenant, [each for each in licences.values() if each.is_plan])))
    elif query.licence:
        users = users.filter(Exists(_seats(tenant, [licences[query.licence]])))
    if query.without:
        users = users.filter(~Exists(_seats(tenant, [licences[query.without]])), left_at__isnull=True)
    if query.search:
        # One text is searched in less than half the time of three.
        said = Concat("full_name", Value(" "), "login_id", Value(" "), "email", output_field=CharField())
        users = users.alias(said=said).filter(said__icontains=query.search)
    return users


def _seats(tenant: Tenant, licences: list[Licence]) -> SeatQuerySet:
    return Seat.objects.active().filter(tenant=tenant, user=OuterRef("pk"), licence__in=licences)


def user_page(tenant: Tenant, query: ListQuery, licences: UserLicences) -> UserPage:
    """One page of the list. A page that does not exist is the nearest. Three queries, however many users there are."""
    column = F(SORTS[query.sort])
    # Who never used it, or has no group, comes last both ways.
    order = column.desc(nulls_last=True) if query.descending else column.asc(nulls_last=True)
    if query.sort == "name" and not query.descending:
        order = column.asc()  # the order of the index, which knows that a name is always there
    users = matching(tenant, query, licences).annotate(group_name=F("primary_group__name"))
    listed = users.order_by(order, "full_name", "id")
    if query.search and (found := _found_at_once(listed)):
        return UserPage(found[0], _rows(tenant, found[1], licences))
    page = nearest_page(listed, query.page, per_page=PER_PAGE)
    return UserPage(page, _rows(tenant, _told(cast("UserQuerySet", page.object_list)), licences))


type Told = tuple[int, str, str, str, str | None, bool, datetime | None, datetime | None]
"""Id, name, user ID, role, group, can log in, has left at, last use."""


def _told(users: UserQuerySet) -> list[Told]:
    told = ("pk", "full_name", "login_id", "role", "group_name", "can_log_in", "left_at", "last_used_at")
    return [*users.values_list(*told)]


def _found_at_once(listed: UserQuerySet) -> tuple[Page[User], list[Told]] | None:
    """What a search found, when it fits a page: a search reads every user, and counting would read them again."""
    found = _told(listed[: PER_PAGE + 1])
    if len(found) > PER_PAGE:
        return None
    paginator = Paginator(listed, PER_PAGE)
    paginator.count = len(found)
    return paginator.page(1), found


def _rows(tenant: Tenant, users: list[Told], licences: UserLicences) -> list[Row]:
    plans = _plans_of(tenant, [user[0] for user in users], licences)
    roles = {role.value: str(role.label) for role in User.Role}
    days: dict[date, str] = {}
    return [
        Row(
            pk=str(pk),
            name=name,
            initials=initials_of(name, login_id),
            login_id=login_id,
            role=roles[role],
            group=group or "",
            plans=plans[pk],
            can_log_in=can_log_in,
            has_left=left_at is not None,
            last_use=_day(last_used_at, days) if last_used_at else "",
        )
        for pk, name, login_id, role, group, can_log_in, left_at, last_used_at in users
    ]


def _day(moment: datetime, known: dict[date, str]) -> str:
    """The day in words. Many were here on the same few days."""
    day = timezone.localdate(moment)
    return known.get(day) or known.setdefault(day, date_format(day, gettext("j M Y")))


def _plans_of(tenant: Tenant, users: list[int], licences: UserLicences) -> dict[int, str]:
    """The names of each user's plans, in the order of the price list."""
    names = {licence.pk: licence.name for licence in licences.values() if licence.type.role == LicenceType.Role.PLAN}
    seats = Seat.objects.active().filter(tenant=tenant, user__in=users, licence__in=names)
    held: dict[int, set[int]] = defaultdict(set)
    for user_id, licence_id in seats.values_list("user_id", "licence_id"):
        held[user_id].add(licence_id)
    return {pk: " · ".join(name for licence, name in names.items() if licence in held[pk]) for pk in users}


def of_ids(tenant: Tenant, ids: list[int]) -> UserQuerySet:
    """The tenant's users with these ids, in no order."""
    users: UserQuerySet = User.objects.of(tenant)
    return users.filter(pk__in=ids)
