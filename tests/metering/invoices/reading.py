"""What stands in files that are downloaded: tables, and the text of a page of PDF."""

import csv
import io
import re
import zlib

from django.http import HttpResponse
from django.test import Client

from config.csv_export import BYTE_ORDER_MARK

STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
SHOWN = re.compile(rb"\(((?:[^()\\]|\\.)*)\) Tj")
ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


def rows_of(client: Client, address: str) -> list[dict[str, str]]:
    """The rows of a CSV file, by the heads of its columns."""
    response = client.get(address)
    assert response.status_code == 200, address
    return list(csv.DictReader(io.StringIO(written(response).removeprefix(BYTE_ORDER_MARK), newline="")))


def written(response: HttpResponse) -> str:
    text: str = response.getvalue().decode()
    return text


def texts_of(pdf: bytes) -> list[str]:
    """Every piece of text that the pages show, in order."""
    pages = [zlib.decompress(stream) for stream in STREAM.findall(pdf) if stream[:1] == b"x"]
    shown = [ESCAPED.sub(rb"\1", piece) for page in pages for piece in SHOWN.findall(page)]
    return [piece.decode("windows-1252") for piece in shown if piece.strip()]


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", pdf))
