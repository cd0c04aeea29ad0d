"""Tables as CSV: streamed row by row, and never a formula for the spreadsheet that opens them.

Source: reliability S-18. Whoever exports gives rows of plain values and need not think of formulas.
"""

import csv
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal

from django.http import StreamingHttpResponse

type Cell = str | int | float | Decimal | date | datetime | None

FORMULA = frozenset("=+-@")
CONTROL = frozenset("\t\r\n")
UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
"""Categories of characters that a spreadsheet may skip before it looks for a formula."""
BYTE_ORDER_MARK = "\ufeff"
"""By it a spreadsheet knows that the text is UTF-8."""


class _Line:
    """A file that only hands back what is written into it."""

    def write(self, line: str) -> str:
        return line


def csv_response(name: str, header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> StreamingHttpResponse:
    """A file to download, written while `rows` are read.

    It is sent after the request's transaction is over: what `rows` reads from the database it reads in a scope of its
    own, and holds none while it yields.
    """
    return StreamingHttpResponse(
        _lines(header, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _lines(header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> Iterator[str]:
    writer = csv.writer(_Line(), quoting=csv.QUOTE_NONNUMERIC)
    yield BYTE_ORDER_MARK + writer.writerow([cell_of(name) for name in header])
    for row in rows:
        yield writer.writerow([cell_of(value) for value in row])


def cell_of(value: Cell) -> str | int | float | Decimal:
    """What is written: numbers stay numbers, times are ISO 8601, and text is text to a spreadsheet too."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return neutralised(value) if isinstance(value, str) else value


def neutralised(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet might take it for a formula.

    That is text which begins with = + - @, also in their full-width and other variants and after what is not seen, or
    with a tab or a line break.
    """
    seen = next((character for character in text if unicodedata.category(character) not in UNSEEN), "")
    is_formula = unicodedata.normalize("NFKC", seen)[:1] in FORMULA
    return f"'{text}" if is_formula or text[:1] in CONTROL else text
