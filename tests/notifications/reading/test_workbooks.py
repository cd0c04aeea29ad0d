"""Workbooks: both readers bring the same rows, and none of what is hostile costs more than it may."""

import io
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import psutil
import pytest
from openpyxl import load_workbook

from notifications.reading import workbooks
from notifications.reading.tables import Headings, Rows, Unreadable
from tests.notifications.reading.files import archive, read, sheet_xml, workbook

BOTH = pytest.mark.parametrize("reader", workbooks.READERS)
CELLS = [
    ("text", "text"),
    (" kept as it is ", " kept as it is "),
    ("=1+1", ""),
    (True, "TRUE"),
    (7, "7"),
    (7.0, "7"),
    (0.1, "0.1"),
    (123456789012, "123456789012"),
    (date(2026, 1, 2), "2026-01-02"),
    (datetime(2026, 1, 2, 3, 4, 5), "2026-01-02 03:04:05"),  # noqa: DTZ001 - a workbook knows no zone
    (time(3, 4), "03:04:00"),
    ("Åse Ödegård ☃", "Åse Ödegård ☃"),
]


@pytest.fixture
def _only(reader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "READERS", (reader,))


@BOTH
@pytest.mark.usefixtures("_only")
def test_a_cell_is_what_one_would_type(reader: str) -> None:
    data = workbook([["User ID", "Value"], *([f"user{n}", value] for n, (value, _) in enumerate(CELLS))])

    assert read(data).cells == [[f"user{n}", typed] for n, (_, typed) in enumerate(CELLS)]


@BOTH
@pytest.mark.usefixtures("_only")
def test_a_formula_is_the_value_it_was_saved_with_and_never_worked_out(reader: str) -> None:
    cells = '<row r="1"><c r="A1" t="str"><v>User ID</v></c></row>'
    cells += '<row r="2"><c r="A2" t="str"><f>HYPERLINK("http://example.com")</f><v>ask</v></c></row>'
    data = archive([("xl/worksheets/sheet1.xml", sheet_xml(cells))], like=workbook([]))

    assert read(data).cells == [["ask"]]


@BOTH
@pytest.mark.usefixtures("_only")
def test_rows_are_numbered_as_in_the_sheet(reader: str) -> None:
    data = workbook([], more=[("A3", "User ID"), ("B3", "Name"), ("A6", "ask"), ("B6", "Ask"), ("A9", "liv")])

    assert read(data).lines == [(6, ["ask", "Ask"]), (9, ["liv", ""])]


def test_a_heading_that_no_text_can_have_is_refused_with_the_reason() -> None:
    cells = '<row r="1"><c r="A1" t="inlineStr"><is><t>User_x0000_ ID</t></is></c></row>'
    cells += '<row r="2"><c r="A2" t="str"><v>ask</v></c></row>'
    data = archive([("xl/worksheets/sheet1.xml", sheet_xml(cells))], like=workbook([]))

    with pytest.raises(Unreadable, match="heading of column 1 has a character that cannot be shown"):
        read(data)


@BOTH
@pytest.mark.usefixtures("_only")
def test_rows_come_in_batches(reader: str) -> None:
    data = workbook([["User ID"], *([f"user{n}"] for n in range(2_500))])

    found = read(data)

    assert [len(batch.lines) for batch in found.batches] == [999, 1_000, 501]
    assert found.cells == [[f"user{n}"] for n in range(2_500)]
    assert found.batches[-1].share == 1


@BOTH
@pytest.mark.usefixtures("_only")
def test_the_first_sheet_that_can_be_seen_is_read(reader: str) -> None:
    book = load_workbook(io.BytesIO(workbook([["Hidden"], ["x"]])))
    book.create_sheet("Users").append(["User ID"])
    book["Users"].append(["ask"])
    book.worksheets[0].sheet_state = "hidden"
    file = io.BytesIO()
    book.save(file)

    assert read(file.getvalue()).cells == [["ask"]]


def bomb() -> bytes:
    """A sheet of 80 MB of blanks, packed into 80 KB."""
    return archive([("xl/worksheets/sheet1.xml", sheet_xml(" " * 80_000_000))], like=workbook([["User ID"]]))


def shared_strings_bomb() -> bytes:
    """Few bytes of a sheet, all of whose texts are the same 80 MB."""
    texts = b"<sst><si><t>" + b"x" * 80_000_000 + b"</t></si></sst>"
    return archive([("xl/sharedStrings.xml", texts)], like=workbook([["User ID"], ["ask"]]))


def entities() -> bytes:
    """A billion laughs."""
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    before = f'<!DOCTYPE worksheet [<!ENTITY l0 "laugh">{levels}]>'
    cells = '<row r="1"><c r="A1" t="inlineStr"><is><t>&l9;</t></is></c></row>'
    return archive([("xl/worksheets/sheet1.xml", sheet_xml(cells, before=before))], like=workbook([["User ID"]]))


def locked() -> bytes:
    """A workbook whose parts are locked as ZIP locks them."""
    data = bytearray(workbook([["User ID"], ["ask"]]))
    for mark, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        start = data.find(mark)
        while start >= 0:
            data[start + flags] |= 1
            start = data.find(mark, start + 4)
    return bytes(data)


def lying_about_its_size() -> bytes:
    """A bomb whose directory says that it is small."""
    data = bytearray(bomb())
    with zipfile.ZipFile(io.BytesIO(data)) as made:
        size = made.getinfo("xl/worksheets/sheet1.xml").file_size.to_bytes(4, "little")
    return bytes(data.replace(size, (1_000).to_bytes(4, "little")))


HOSTILE = {
    "a bomb": (bomb, "This workbook unpacks to far more than a real one does"),
    "a bomb of texts": (shared_strings_bomb, "This workbook unpacks to far more than a real one does"),
    "a bomb that says it is none": (lying_about_its_size, "This workbook cannot be opened: it is damaged"),
    "a billion laughs": (entities, "This workbook cannot be opened: it is damaged"),
    "a password of ZIP's": (locked, "This workbook is protected by a password."),
    "two far-apart cells": (
        lambda: workbook([], more=[("A1", "User ID"), ("XFD1048576", "far")]),
        "The sheet has cells far to the right",
    ),
    "10,000 columns": (
        lambda: workbook([[f"c{n}" for n in range(10_000)]]),
        "The file has more than 200 columns.",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_hostile_is_refused_within_bounds(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, said = HOSTILE[case]
    data = make()
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with pytest.raises(Unreadable) as refused:
        read(data)

    assert str(refused.value).startswith(said)
    assert list(tmp_path.iterdir()) == []
    assert children() == []


def children() -> list[str]:
    """Processes of this one that open workbooks."""
    ours = [child.cmdline() for child in psutil.Process().children()]
    return [" ".join(command) for command in ours if str(workbooks.CHILD) in command]


def test_a_cell_far_below_the_headings_is_a_row_like_another() -> None:
    data = workbook([["User ID", "Name"]], more=[("A1048576", "ask"), ("B1048576", "Ask")])

    assert read(data).lines == [(1_048_576, ["ask", "Ask"])]


def test_what_does_not_fit_the_quick_reader_is_read_by_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 50,000 rows the quick one asks for more memory than this."""
    monkeypatch.setattr(workbooks, "MOST_MEMORY", 150 * 1024 * 1024)
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>user{n}</t></is></c></row>' for n in range(1, 50_001)
    )
    data = archive([("xl/worksheets/sheet1.xml", sheet_xml(rows))], like=workbook([["User ID"]]))

    assert len(read(data).lines) == 49_999


def test_what_fits_neither_reader_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is one cell that is longer than what either has."""
    monkeypatch.setattr(workbooks, "MOST_MEMORY", 4 * 1024 * 1024)
    row = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"x" * 32 * 1024 * 1024}</t></is></c></row>'
    data = archive([("xl/worksheets/sheet1.xml", sheet_xml(row))], like=workbook([["User ID"]]))

    with pytest.raises(Unreadable, match="takes too much memory or time"):
        read(data)


def test_what_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_SECONDS", 0)

    with pytest.raises(Unreadable, match="takes too much memory or time"):
        read(workbook([["User ID"], ["ask"]]))


def test_whoever_stops_reading_leaves_no_process_behind(tmp_path: Path) -> None:
    path = tmp_path / "users.xlsx"
    path.write_bytes(workbook([["User ID"], *([f"user{n}"] for n in range(3_000))]))

    with path.open("rb") as file:
        table = workbooks.read_workbook(file, batch_rows=10)
        parts = [next(table), next(table)]
        table.close()

    assert [type(part) for part in parts] == [Headings, Rows]
    assert children() == []
