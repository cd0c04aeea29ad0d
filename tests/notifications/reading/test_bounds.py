"""However large or hostile a text is, reading it takes little memory and, where it is wrong, little time."""

import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifications.reading import encodings
from notifications.reading.files import read_file
from notifications.reading.limits import MOST_LINES, MOST_ROWS
from notifications.reading.tables import Rows, Unreadable

MIB = 1024 * 1024
FULL = bool(os.environ.get("PROOF"))
LARGE = 1_000 if FULL else 40
"""MiB: the full count is 1 GB on one line."""


class Pieces:
    """A file that is made while it is read; counts how much of it that was."""

    def __init__(self, head: bytes, piece: bytes, times: int, tail: bytes = b"") -> None:
        self.head, self.piece, self.times, self.tail = head, piece, times, tail
        self.size = len(head) + len(piece) * times + len(tail)
        self.taken = 0

    def __call__(self) -> Iterator[bytes]:
        self.taken = 0
        for piece in (self.head, *(self.piece for _ in range(self.times)), self.tail):
            self.taken += len(piece)
            yield piece


def read_all(pieces: Pieces) -> int:
    """How many rows there were."""
    parts = read_file(pieces, size=pieces.size, batch_rows=1_000)
    return sum(len(part.lines) for part in parts if isinstance(part, Rows))


def lines(*, first: int, count: int) -> bytes:
    return b"".join(b"user%d,Full Name\n" % number for number in range(first, first + count))


HOSTILE = {
    "one line of 1 GB": (Pieces(b"x", b"x" * MIB, LARGE), "Line 1 is longer than 1,000,000 characters."),
    "one value of 1 GB": (
        Pieces(b"User ID,Name\nask,", b"x" * MIB, LARGE, b"\n"),
        "Line 2 is longer than 1,000,000 characters.",
    ),
    "one quoted value of 1 GB": (
        Pieces(b'User ID,Name\nask,"', b"x\n" * (MIB // 2), LARGE),
        "Line 2: a quotation mark is opened and never closed",
    ),
    "10,000 columns": (
        Pieces(b",".join(b"c%d" % n for n in range(10_000)) + b"\n", b"", 1, b"1\n"),
        "The file has more than 200 columns.",
    ),
    "10,000,000 columns": (Pieces(b"a", b",a" * (MIB // 2), 20), "Line 1 is longer than 1,000,000 characters."),
    "empty lines only": (Pieces(b"User ID\n", b"\n" * 1_000, 9), "The file has headings, but no rows below them."),
    "bare CR in all of it": (Pieces(b"User ID,Name\r", b"ask,Ask\r,\r" * 1000, 1, b'"'), "Line 2002: a quotation mark"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_hostile_is_refused_with_the_reason(case: str) -> None:
    pieces, said = HOSTILE[case]

    with pytest.raises(Unreadable) as refused:
        read_all(pieces)

    assert str(refused.value).startswith(said)


class Counted:
    """Searches as the pattern does, and counts the bytes that it has looked at."""

    def __init__(self, pattern: "re.Pattern[bytes]") -> None:
        self.pattern, self.seen = pattern, 0

    def search(self, text: bytes, start: int) -> "re.Match[bytes] | None":
        found = self.pattern.search(text, start)
        self.seen += (found.end() if found else len(text)) - start
        return found


@pytest.mark.parametrize(
    "line",
    [b"a" * MIB + b"\xe9" + b"b" * MIB, b"\xe9" * MIB, b"\xe9a" * MIB, b"ab\xe9\n" * (MIB // 4), b"\xe9" + b"\n" * MIB],
    ids=["one letter in a line", "letters only", "every other one", "short lines", "empty lines"],
)
def test_the_encoding_is_told_from_a_sample_and_each_byte_is_searched_once(
    line: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(encodings.HIGH_BYTE)
    monkeypatch.setattr(encodings, "HIGH_BYTE", counted)

    sample = encodings.sample_of(line, enough=encodings.SAMPLE_BYTES)

    assert counted.seen <= len(line)
    assert len(sample) <= encodings.SAMPLE_BYTES + 2 * encodings.AROUND
    assert b"\xe9" in sample
    assert encodings.sample_of(sample, enough=2 * len(sample)).split(b"\n") == sample.split(b"\n")


def test_a_file_with_too_many_rows_is_refused_when_they_have_come(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_ROWS == 1_000_000
    monkeypatch.setattr("notifications.reading.columns.MOST_ROWS", 5_000)
    enough = Pieces(b"User ID,Name\n", lines(first=0, count=1_000), 5)
    more = Pieces(b"User ID,Name\n", lines(first=0, count=1_000), 5, b"one,more\n")

    assert read_all(enough) == 5_000
    with pytest.raises(Unreadable, match="more than 1,000,000 rows"):
        read_all(more)


def test_a_file_of_empty_lines_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_LINES == 4_000_000
    monkeypatch.setattr("notifications.reading.texts.MOST_LINES", 50_000)
    pieces = Pieces(b"User ID\n", b"\n" * MIB, 4)

    with pytest.raises(Unreadable, match="more than 4,000,000 lines"):
        read_all(pieces)


@pytest.mark.parametrize("case", ["many rows", "one line of 1 GB", "one quoted value of 1 GB"])
def test_memory_stays_flat(case: str) -> None:
    """In a process of its own, because what a process has had at most never goes down."""
    grown = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); from {__name__} import grown; print(grown({case!r}))"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"},
    )

    assert int(grown.stdout) < 50 * MIB


def grown(case: str) -> int:
    """By how many bytes the process grows while it reads."""
    rows = Pieces(b"User ID,Name\n", lines(first=0, count=10_000), 99 if FULL else 20)
    pieces = rows if case == "many rows" else HOSTILE[case][0]
    read_all(Pieces(b"User ID,Name\n", b"ask,Ask\n", 10))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        read_all(pieces)
    except Unreadable:
        assert case != "many rows"
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
