"""The history of a tenant's licences, to be read: filtered, page by page from the newest, or as rows of a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from config.csv_export import Cell
from config.tenancy.scopes import tenant_scope
from licences.models import HistoryEntry, Licence, LicenceType, Tenant, User
from licences.reports.history_words import HistoryRow, rows_of
from licences.reports.paging import search_text

PER_PAGE: Final = 50
BATCH: Final = 1_000
DAYS: Final = (date(2000, 1, 1), date(2999, 12, 31))
HIGHEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """What the address asks for; whatever makes no sense is left out. `before` and `after` are numbers of entries."""

    action: str = ""
    user: str = ""
    who: str = ""
    licence: str = ""
    from_on: date | None = None
    until_on: date | None = None
    before: int | None = None
    after: int | None = None

    @classmethod
    def from_address(cls, params: Mapping[str, str]) -> "HistoryQuery":
        action = params.get("action", "")
        return cls(
            action=action if action in HistoryEntry.Action else "",
            user=search_text(params.get("user", "")).lower(),
            who=search_text(params.get("who", "")),
            licence=search_text(params.get("licence", "")),
            from_on=_day(params.get("from", "")),
            until_on=_day(params.get("to", "")),
            before=_number(params.get("before", "")),
            after=_number(params.get("after", "")),
        )

    @property
    def is_filtered(self) -> bool:
        return any((self.action, self.user, self.who, self.licence, self.from_on, self.until_on))


def _day(typed: str) -> date | None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if DAYS[0] <= day <= DAYS[1] else None


def _number(typed: str) -> int | None:
    is_number = typed.isascii() and typed.isdigit() and len(typed) < len(str(HIGHEST))
    return int(typed) if is_number else None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Newest first. `newer` and `older` are numbers to ask for what is after and before; None where nothing is."""

    rows: list[HistoryRow]
    newer: int | None
    older: int | None


def entries_of(tenant: Tenant, query: HistoryQuery) -> QuerySet[HistoryEntry]:
    """What fits the filters, on whatever page it stands. Users and licences are looked up first: by their ids the
    entries are found through an index."""
    entries = HistoryEntry.objects.filter(tenant=tenant)
    if query.action:
        entries = entries.filter(action=query.action)
    if query.user:
        users = User.objects.of(tenant).filter(login_id=query.user)
        entries = entries.filter(user__in=list(users.values_list("pk", flat=True)))
    if query.licence:
        licences = Licence.objects.filter(tenant=tenant, type__code=query.licence)
        entries = entries.filter(licence__in=list(licences.values_list("pk", flat=True)))
    if query.who:
        entries = entries.filter(by_name__icontains=query.who)
    if query.from_on:
        entries = entries.filter(at__gte=_midnight(tenant, query.from_on))
    if query.until_on:
        entries = entries.filter(at__lt=_midnight(tenant, query.until_on + timedelta(days=1)))
    return entries


def _midnight(tenant: Tenant, day: date) -> datetime:
    """When the day begins where the tenant is."""
    return datetime.combine(day, time.min, tzinfo=tenant.zone)


def history_page(tenant: Tenant, query: HistoryQuery) -> HistoryPage:
    """One page, found by the number of an entry: the thousandth costs no more than the first."""
    entries = entries_of(tenant, query)
    if query.after is not None:
        found = list(entries.filter(number__gt=query.after).order_by("number")[: PER_PAGE + 1])
        shown = found[:PER_PAGE][::-1]
        has_newer, has_older = len(found) > PER_PAGE, True
    else:
        reached = entries if query.before is None else entries.filter(number__lt=query.before)
        found = list(reached.order_by("-number")[: PER_PAGE + 1])
        shown = found[:PER_PAGE]
        has_newer, has_older = query.before is not None, len(found) > PER_PAGE
    return HistoryPage(
        rows=rows_of(shown),
        newer=shown[0].number if shown and has_newer else None,
        older=shown[-1].number if shown and has_older else None,
    )


def licences_in_history(tenant: Tenant) -> list[tuple[str, str]]:
    """Code and name of each licence that is given to users: what the history can be filtered by."""
    licences = Licence.objects.listed().filter(tenant=tenant, type__kind=LicenceType.Kind.USER)
    named = licences.order_by("type__sort_order", "type__code").values_list("type__code", "type__name")
    return list(dict(named).items())


def header() -> list[str]:
    """What the columns of `table` are called."""
    return [
        _("Number"),
        _("When"),
        _("Who"),
        _("What"),
        _("Of"),
        _("User ID"),
        _("Licence"),
        _("Change"),
        _("Why"),
        _("Hash"),
    ]


def table(tenant: Tenant, query: HistoryQuery) -> Iterator[list[Cell]]:
    """Every entry that fits, newest first, whatever the page. Each batch is read in a scope of its own, which is over
    before the first row of it leaves: whoever takes the rows slowly holds no connection."""
    reached = HIGHEST
    while True:
        with tenant_scope(tenant.pk):
            older = entries_of(tenant, query).filter(number__lt=reached).select_related("user", "licence__type")
            batch = rows_of(list(older.order_by("-number")[:BATCH]))
        if not batch:
            return
        reached = batch[-1].entry.number
        for row in batch:
            yield _line(row, tenant)


def _line(row: HistoryRow, tenant: Tenant) -> list[Cell]:
    entry = row.entry
    return [
        entry.number,
        entry.at.astimezone(tenant.zone),
        entry.by_name,
        entry.get_action_display(),
        entry.subject,
        entry.user.login_id if entry.user else "",
        entry.licence.type.code if entry.licence else "",
        "; ".join(map(str, row.differences)),
        entry.why,
        entry.hash,
    ]
