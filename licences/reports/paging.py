"""Long lists: one page of them, and what is searched in them."""

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet


def search_text(typed: str, *, longest: int = 100) -> str:
    """What somebody typed, without what no name has: not too long, and no NUL, which PostgreSQL refuses."""
    return typed.replace("\x00", "").strip()[:longest]


def nearest_page[Row: Model](rows: QuerySet[Row], number: str, *, per_page: int, count: int | None = None) -> Page[Row]:
    """The page of this number; where there is none the nearest, and the first for what is no number. `count` says how
    many rows there are where that is known without asking."""
    paginator = Paginator(rows, per_page)
    if count is not None:
        paginator.count = count
    try:
        wanted = int(number)
    except ValueError:
        wanted = 1
    return paginator.page(min(max(wanted, 1), paginator.num_pages))
