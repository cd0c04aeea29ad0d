"""Which character separates the values of a text."""

import csv
from typing import Final

DELIMITERS: Final = (",", ";", "\t", "|")
SEPARATOR_LINE: Final = "sep="
"""How Excel lets a file say it in a first line of its own."""
SAMPLE_LINES: Final = 50


def delimiter_of(lines: list[str]) -> str:
    """The one that parts the first lines into the most values, as many in each line as in the headings. A comma where
    there is only one column."""
    return max(DELIMITERS, key=lambda each: _fit(lines[:SAMPLE_LINES], each))


def _fit(lines: list[str], delimiter: str) -> tuple[float, int]:
    """How many lines have as many values as the first, and how many those are."""
    try:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return 0, 0
    if not widths or widths[0] < 2:
        return 0, 0
    return widths.count(widths[0]) / len(widths), widths[0]


def said_by(line: str) -> str:
    """What a line such as `sep=;` says; empty when the line says nothing."""
    text = line.strip().strip('"').lower() if line.strip("\r\n") != f"{SEPARATOR_LINE}\t" else line.strip("\r\n")
    said = text.removeprefix(SEPARATOR_LINE)
    return said if text.startswith(SEPARATOR_LINE) and said in DELIMITERS else ""
