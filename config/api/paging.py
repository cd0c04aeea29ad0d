"""Long lists: pages that follow one another by a cursor, whatever is added or taken away between them.

The cursor holds the keys of the last row that was seen, signed: it cannot be made up, nor used for another list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any, Final

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from ninja import Field, Schema

from config.api.problems import INVALID, Problem, error_at

MOST_ROWS: Final = 200
USUAL_ROWS: Final = 50


class PageQuery(Schema):
    """What is asked of a list."""

    cursor: str | None = Field(
        None, max_length=2000, description="What the page before says as next; without it the first page."
    )
    limit: int = Field(USUAL_ROWS, ge=1, le=MOST_ROWS, description="How many rows at most.")


@dataclass(frozen=True, slots=True)
class RowPage[Row: Model]:
    """`next` is the cursor of the next page, None on the last."""

    rows: list[Row]
    next: str | None


def page_of[Row: Model](rows: QuerySet[Row], query: PageQuery, *, keys: Sequence[str], list_of: str) -> RowPage[Row]:
    """The page of `rows` that `query` asks for, in the order of `keys`.

    Together the keys are unique and none is null; a leading "-" turns one round. `list_of` names the list and whose it
    is: a cursor of another is refused. The rows come with what the keys lead to (select_related).
    """
    salt = f"{list_of}:{','.join(keys)}"
    if query.cursor is not None:
        rows = rows.filter(_behind(keys, _opened(query.cursor, salt)))
    found = list(rows.order_by(*keys)[: query.limit + 1])
    shown = found[: query.limit]
    more = len(found) > query.limit
    return RowPage(shown, signing.dumps([_value(shown[-1], key) for key in keys], salt=salt) if more else None)


def _opened(cursor: str, salt: str) -> list[Any]:
    try:
        values: list[Any] = signing.loads(cursor, salt=salt)
    except (signing.BadSignature, ValueError):
        where = error_at(["query", "cursor"], "cursor", _("This is no cursor of this list."))
        raise Problem(INVALID, errors=[where]) from None
    return values


def _behind(keys: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows after the one with these values: equal in the first keys, beyond it in the next."""
    behind, equal = Q(), Q()
    for key, value in zip(keys, values, strict=True):
        name = key.removeprefix("-")
        behind |= equal & Q(**{f"{name}__{'lt' if key.startswith('-') else 'gt'}": value})
        equal &= Q(**{name: value})
    return behind


def _value(row: Model, key: str) -> Any:
    value = reduce(getattr, key.removeprefix("-").split("__"), row)
    return value.isoformat() if isinstance(value, date) else value
