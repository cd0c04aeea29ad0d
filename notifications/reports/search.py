"""The console's search: what fits, grouped by kind, best first, and what is shown of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from licences.models import Tenant, User
from licences.reports.paging import search_text
from notifications.event_kinds import Notice
from notifications.highlight import Piece, marked, snippet
from notifications.models import SystemEvent
from notifications.reports.search_kinds import KINDS, SearchKind, kinds_for
from notifications.reports.search_sql import RANKED, TERMS, Statement, Term, counts, hits

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

FIRST: Final = 5
"""So many of each kind stand on the page of all kinds."""
PER_PAGE: Final = 20
MOST_TERMS: Final = 6


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What the address asks of the search; whatever makes no sense is the default: all kinds, the first page."""

    search: str = ""
    kind: str = ""
    page: int = 1

    @classmethod
    def from_address(cls, params: Mapping[str, str]) -> "SearchQuery":
        page = params.get("page", "1")
        return cls(
            search=search_text(params.get("q", "")),
            kind=params["kind"] if params.get("kind") in KINDS else "",
            page=min(max(int(page), 1), RANKED // PER_PAGE) if page.isdecimal() and len(page) < 5 else 1,
        )


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that fits."""

    address: str
    title: list[Piece]
    text: list[Piece]
    state: "StrOrPromise"
    initials: str


@dataclass(frozen=True, slots=True)
class Group:
    """What fits of one kind: some of it, how much there is, and whether there is more than was counted."""

    kind: SearchKind
    hits: list[Hit]
    count: int
    has_more: bool
    page: int = 1

    @property
    def previous(self) -> int:
        """The page before; 0 when there is none."""
        return self.page - 1

    @property
    def next(self) -> int:
        """The page after; 0 when there is none."""
        return self.page + 1 if self.count > self.page * PER_PAGE else 0


def search_is_off(user: User, tenant: Tenant) -> SystemEvent | None:
    """The notice *No freetext* that is meant for the user, if there is one."""
    notices = SystemEvent.objects.of(tenant).active().notices().meant_for(user)
    return notices.filter(key=Notice.NO_FREETEXT).first()


def search(tenant: Tenant, query: SearchQuery, *, sees_all: bool) -> list[Group]:
    """The kinds of which something fits, in the order of the page; a page that is not there is the first.

    A fixed number of statements whatever fits, each of which reads a bounded number of rows.
    """
    terms = _terms(tenant, query.search)
    kinds = [kind for kind in kinds_for(sees_all=sees_all) if query.kind in ("", kind.code)]
    if not terms or not kinds:
        return []
    page = query.page if query.kind else 1
    found = _found(tenant, kinds, terms, sees_all=sees_all, length=PER_PAGE if query.kind else FIRST, page=page)
    if not found and page > 1:
        page = 1
        found = _found(tenant, kinds, terms, sees_all=sees_all, length=PER_PAGE, page=page)
    return [_group(tenant, kind, terms, found[kind.code], page) for kind in kinds if kind.code in found]


def _terms(tenant: Tenant, typed: str) -> list[Term]:
    if not typed:
        return []
    return [Term(*row) for row in _rows(Statement(TERMS, [tenant.language, typed, MOST_TERMS]))]


def _found(
    tenant: Tenant, kinds: Sequence[SearchKind], terms: Sequence[Term], *, sees_all: bool, length: int, page: int
) -> dict[str, list[Any]]:
    stands_in: dict[str, list[int]] = {kind.code: [0] * len(terms) for kind in kinds}
    if len(terms) > 1:
        for code, term, places in _rows(counts(tenant.pk, kinds, terms)):
            stands_in[code][term] = places
    kinds = [kind for kind in kinds if len(terms) == 1 or all(stands_in[kind.code])]
    if not kinds:
        return {}
    limits = (length, length * (page - 1))
    found = defaultdict(list)
    for code, *row in _rows(hits(tenant.pk, kinds, terms, stands_in, sees_all=sees_all, page=limits)):
        found[code].append(row)
    return dict(found)


def _group(tenant: Tenant, kind: SearchKind, terms: Sequence[Term], rows: list[Any], page: int) -> Group:
    shown = kind.show(tenant, [subject for subject, *_ in rows])
    beginnings = [each for term in terms for each in (term.word, term.stems(kind)) if each]
    found = [
        Hit(
            address=shown[subject].address,
            title=marked(title, beginnings),
            text=snippet(shown[subject].text, beginnings),
            state=shown[subject].state,
            initials=shown[subject].initials,
        )
        for subject, title, _count, _more in rows
        if subject in shown
    ]
    count, has_more = rows[0][2:]
    return Group(kind, found, min(count, RANKED), has_more, page)


def _rows(statement: Statement) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.params)
        return list(cursor.fetchall())
