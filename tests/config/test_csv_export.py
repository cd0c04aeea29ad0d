"""What is exported is text to a spreadsheet, whatever it says; and numbers are numbers."""

import csv
import io
import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.csv_export import BYTE_ORDER_MARK, Cell, cell_of, csv_response, neutralised

SIGNS = ["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫", "⁺", "₌"]
UNSEEN = ["", " ", "\u00a0", "\u200b", "\ufeff", "\u3000"]
FORMULAS = [
    '=HYPERLINK("https://evil.example","Click")',
    "=cmd|' /C calc'!A0",
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\r\n=1+1",
    "-",
    "=",
    *(f"{unseen}{start}1+1" for start, unseen in itertools.product(SIGNS, UNSEEN)),
]
HARMLESS = ["", " ", "Ask Berg", "Ask Berg · Sales Premium", "a=b", "1-1", "Ålesund", "(=1)", "'=1", "12", "3,5", "😀"]


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


def sent(*rows: list[Cell]) -> str:
    return b"".join(csv_response("things", ["Name"], rows).streaming_content).decode()


@pytest.mark.parametrize("formula", FORMULAS)
def test_what_a_spreadsheet_would_compute_gets_an_apostrophe(formula: str) -> None:
    assert read(sent([formula])) == [["Name"], [f"'{formula}"]]


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert read(sent([text])) == [["Name"], [text]]


@given(st.text())
def test_no_text_begins_like_a_formula_and_none_is_lost(text: str) -> None:
    written = neutralised(text)

    assert not written.lstrip().startswith(tuple(SIGNS))
    assert written.removeprefix("'") == text.removeprefix("'")


@pytest.mark.parametrize("number", [0, -5, 3.5, -0.25, Decimal("-12.30")])
def test_numbers_stay_numbers(number: int | float | Decimal) -> None:
    assert cell_of(number) == number
    assert sent([number]).splitlines()[1] == str(number)


def test_times_are_iso_8601_and_nothing_is_an_empty_cell() -> None:
    at = datetime(2026, 11, 26, 9, 59, 5, 123456, tzinfo=UTC)

    assert read(sent([at, date(2026, 11, 26), None]))[1] == ["2026-11-26 09:59:05+00:00", "2026-11-26", ""]


def test_the_name_of_a_column_is_no_formula_either() -> None:
    response = csv_response("things", ["=1+1"], [])

    assert read(b"".join(response.streaming_content).decode()) == [["'=1+1"]]


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=3, max_size=3)))
def test_separators_quotes_and_line_breaks_stay_inside_their_cell(rows: list[list[str]]) -> None:
    assert read(sent(*rows))[1:] == [[neutralised(cell) for cell in row] for row in rows]


def test_rows_are_written_as_they_are_read() -> None:
    taken: list[int] = []

    def rows() -> Iterator[list[Cell]]:
        for number in range(1_000_000):
            taken.append(number)
            yield [number]

    stream = iter(csv_response("things", ["Number"], rows()).streaming_content)

    first = [next(stream) for _ in range(3)]

    assert first == [f'{BYTE_ORDER_MARK}"Number"\r\n'.encode(), b"0\r\n", b"1\r\n"]
    assert len(taken) == 2


def test_it_is_a_file_to_download() -> None:
    response = csv_response("history-2026-11-26", ["Number"], [])

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="history-2026-11-26.csv"'
