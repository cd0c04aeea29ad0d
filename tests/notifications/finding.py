"""What tests ask of the search."""

from django.db import connection

from config.tenancy.scopes import support_scope
from licences.models import Tenant
from notifications.models import SearchDocument, SearchWord
from notifications.reports.search import Group, SearchQuery, search
from notifications.reports.search_kinds import KINDS
from notifications.services.indexing import index_next
from tests.factories import scope_of

type Index = tuple[set[tuple[object, ...]], set[tuple[object, ...]]]
"""Documents and words."""


def found(tenant: Tenant, text: str, *, sees_all: bool = True, kind: str = "", page: int = 1) -> list[Group]:
    with scope_of(tenant):
        return search(tenant, SearchQuery(text, kind, page), sees_all=sees_all)


def titles(tenant: Tenant, text: str, *, sees_all: bool = True, kind: str = "") -> list[str]:
    """The titles of what fits, group by group."""
    groups = found(tenant, text, sees_all=sees_all, kind=kind)
    return ["".join(piece.text for piece in hit.title) for group in groups for hit in group.hits]


def index_of(tenant: Tenant) -> Index:
    """Every document of the tenant and every word, without the ids."""
    with scope_of(tenant):
        columns = ("kind", "subject", "title", "body", "admins_only", "language", "vector")
        documents = set(SearchDocument.objects.values_list(*columns))
        return documents, set(SearchWord.objects.values_list("kind", "in_body", "word", "subject"))


def rebuild(tenant: Tenant, *, at_most: int = 2) -> None:
    """All of the tenant, in chunks."""
    with scope_of(tenant):
        for kind in KINDS:
            after, is_last = 0, False
            while not is_last:
                part = index_next(tenant, kind, after=after, at_most=at_most)
                after, is_last = part.last, part.is_last


def forget_index() -> None:
    """As if everything had been there before the index."""
    with support_scope("a test forgets the index"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM notifications_searchdocument")
        cursor.execute("DELETE FROM notifications_searchword")
