"""Long lists by pages."""

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet


def nearest_page[Row: Model](rows: QuerySet[Row], number: str, *, per_page: int) -> Page[Row]:
    """The page of this number; where there is none the nearest, and the first for what is no number."""
    paginator = Paginator(rows, per_page)
    try:
        wanted = int(number)
    except ValueError:
        wanted = 1
    return paginator.page(min(max(wanted, 1), paginator.num_pages))
