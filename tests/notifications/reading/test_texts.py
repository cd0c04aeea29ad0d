"""Texts of separated values: whatever the encoding and the separator, the same rows with the lines they stand on."""

import pytest

from notifications.reading.tables import Unreadable
from tests.notifications.reading.files import read

PLAIN = "User ID,Full name,E-mail\nask,Ask Bø,ask@nordlys.example\nliv,Liv Åsen,liv@nordlys.example\n"
ROWS = [["ask", "Ask Bø", "ask@nordlys.example"], ["liv", "Liv Åsen", "liv@nordlys.example"]]


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp1252", "cp1252"),
        ("latin-1", "cp1252"),
    ],
)
@pytest.mark.parametrize("piece", [33, 1024 * 1024], ids=["in pieces", "whole"])
def test_the_encoding_is_found(codec: str, name: str, piece: int) -> None:
    found = read(PLAIN.encode(codec), piece=piece)

    assert (found.headings.encoding, found.cells) == (name, ROWS)


def test_letters_that_other_alphabets_write_are_found_too() -> None:
    names = ["Иван Петров", "Ольга Смирнова", "Дмитрий Кузнецов", "Екатерина Волкова"] * 5
    text = "User ID;Full name\n" + "".join(f"user{n};{name}\n" for n, name in enumerate(names))

    assert [cells[1] for cells in read(text.encode("cp1251")).cells] == names


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"], ids=["LF", "CR LF", "CR"])
def test_the_separator_and_the_line_break_are_found(delimiter: str, line_break: str) -> None:
    text = PLAIN.replace(",", delimiter).replace("\n", line_break)

    found = read(text.encode())

    assert (found.headings.delimiter, found.lines) == (delimiter, [(2, ROWS[0]), (3, ROWS[1])])


def test_a_comma_in_names_does_not_pass_for_the_separator() -> None:
    found = read("User ID;Full name\nask;Bø, Ask\nliv;Åsen, Liv\n".encode())

    assert found.cells == [["ask", "Bø, Ask"], ["liv", "Åsen, Liv"]]


def test_a_first_line_may_say_which_separator_it_is() -> None:
    found = read(b"sep=|\nUser ID|Full, or not, name\nask|Ask\n")

    assert (found.headings.columns, found.lines) == (["User ID", "Full, or not, name"], [(3, ["ask", "Ask"])])


def test_lines_are_numbered_as_in_the_file() -> None:
    found = read(b'User ID,Full name\n\n"ask","Ask\nBo"\n\n , \nliv,Liv\n')

    assert found.lines == [(3, ["ask", "Ask\nBo"]), (7, ["liv", "Liv"])]


def test_quotation_marks_hold_separators_line_breaks_and_themselves() -> None:
    found = read(b'User ID,Full name\r\nask,"Ask ""Bo"", Jr."\r\n')

    assert found.cells == [["ask", 'Ask "Bo", Jr.']]


def test_a_short_row_is_filled_up_and_empty_cells_at_its_end_do_not_count() -> None:
    assert read(b"User ID,Full name,E-mail,,\nask\nliv,Liv,,,,,\n").cells == [["ask", "", ""], ["liv", "Liv", ""]]


def test_a_formula_is_text_like_any_other() -> None:
    assert read(b'User ID,Full name\nask,"=HYPERLINK(""x"")"\n').cells == [["ask", '=HYPERLINK("x")']]


def test_rows_come_in_batches_that_are_neither_long_nor_large() -> None:
    many = read(b"User ID\n" + b"x\n" * 2_500)
    large = read(b"User ID,Note\n" + (b"x," + b"y" * 30_000 + b"\n") * 100)

    assert [len(batch.lines) for batch in many.batches] == [1_000, 1_000, 500]
    assert all(len(batch.lines) < 70 for batch in large.batches)
    assert [batch.share for batch in many.batches] == sorted(batch.share for batch in many.batches)
    assert many.batches[-1].share == 1


REFUSED = {
    "nothing": (b"", "The file is empty."),
    "blanks only": (b"\xef\xbb\xbf \r\n\r\n", "The file is empty."),
    "headings only": (b"User ID,Full name\n", "The file has headings, but no rows below them."),
    "a heading is missing": (b"User ID,,E-mail\nask,x,y\n", "Column 2 has no heading."),
    "a heading twice": (b"User ID,Name,user  id\nask,x,y\n", "Columns 1 and 3 have the same heading."),
    "a heading that is none": (b"User ID," + b"x" * 300 + b"\nask,x\n", "The heading of column 2 is too long."),
    "a heading with a NUL byte": (
        b"User ID,Full\0 name\nask,Ask\n",
        "The heading of column 2 has a character that cannot be shown.",
    ),
    "a long heading that turns the direction of writing": (
        "User ID,\u202e{}\nask,x\n".format("x" * 300).encode(),
        "The heading of column 2 has a character that cannot be shown.",
    ),
    "more values than headings": (b"a,b\n1,2\n1,2,3\n", "Line 3 has 3 values, but there are 2 headings."),
    "a quotation mark never closed": (b'a,b\n1,2\n1,"2\n3,4\n', "Line 3: a quotation mark is opened and never closed"),
    "a quotation mark in the middle": (b'a,b\n1,"2"3\n', "Line 2: a quotation mark ends in the middle of a value."),
    "a NUL byte": (b"a,b\n1,2\n1,\x00\n", "Line 3 has characters that no text can have (NUL)."),
    "a value without an end": (b"a,b\n1," + b"x" * 40_000 + b"\n", "Line 2 has a value of more than 32767 characters."),
    "a longer one": (b"a,b\n1," + b"x" * 140_000 + b"\n", "Line 2 has a value that is too long."),
    "a runaway quote": (b'a,b\n1,"' + b"x\n" * 100_000, "Line 2: a quotation mark is opened and never closed"),
    "201 columns": (b",".join(b"c%d" % n for n in range(201)) + b"\n", "The file has more than 200 columns."),
    "two encodings": ("a,b\n1,Bø\n".encode() + "2,Åse\n".encode("cp1252"), "The file mixes several encodings"),
    "one letter at the end in another": (
        b"a,b\n" + "1,Bø\n".encode() * 9_999 + b"2,\xe5se\n",
        "The file mixes several",
    ),
    "a lone surrogate": (b"a,b\n1,\xed\xa0\x80\n", "The file has broken characters (lone surrogates)."),
    "a lone surrogate in UTF-16": (
        "a,b\n1,".encode("utf-16") + b"\x00\xd8" + "\n2,3\n".encode("utf-16-le"),
        "Near line 1 the file is not in its encoding, UTF-16.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_with_the_reason(case: str) -> None:
    data, said = REFUSED[case]

    with pytest.raises(Unreadable) as refused:
        read(data)

    assert str(refused.value).startswith(said)
    assert len(str(refused.value)) <= 254
