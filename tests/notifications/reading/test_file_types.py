"""What a file is, by what is in it; and what people are told of one that is neither a table of text nor a workbook."""

import gzip

import pytest

from notifications.reading.tables import Unreadable
from tests.notifications.reading.files import archive, read, sheet_xml, workbook

ROWS = [["User ID", "Full name"], ["ask", "Ask"]]

REFUSED = {
    "old Excel": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000),
        "This is a workbook of an old Excel (XLS), or one with a password.",
    ),
    "a workbook with a password": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le"),
        "This workbook is protected by a password.",
    ),
    "gzip": (gzip.compress(b"User ID\nask\n"), "This file is packed (gzip)."),
    "PDF": (b"%PDF-1.7\n", "This is a PDF document."),
    "a web page": (b"\n<!DOCTYPE html><table><tr><td>User ID", "This is a web page, whatever it is called."),
    "a table as Excel saves it for the web": (b"<html xmlns:x=urn><body><table>", "This is a web page"),
    "XML": (b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">]>', "This is an XML file."),
    "JSON": (b'[{"User ID": "ask"}]', "This is a JSON file."),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "This is a picture."),
    "bytes": (bytes(range(256)) * 10, "This is not a table of text."),
    "a ZIP archive": (archive([("users.csv", b"User ID\nask\n")]), "This is a ZIP archive."),
    "an archive in an archive": (
        archive([("inner.zip", archive([("users.csv", b"x")]))]),
        "This is a ZIP archive.",
    ),
    "an empty archive": (archive([]), "This is a ZIP archive."),
    "half an archive": (workbook(ROWS)[:3_000], "This workbook cannot be opened: it is damaged"),
    "an archive's beginning": (b"PK\x03\x04" + bytes(500), "This workbook cannot be opened: it is damaged"),
    "names that lead out of the folder": (
        archive([("../../etc/passwd", b"x")], like=workbook(ROWS)),
        "This workbook has parts with forbidden names.",
    ),
    "OpenDocument": (archive([("mimetype", b"x"), ("content.xml", b"x")]), "This is an OpenDocument spreadsheet."),
    "a document": (archive([("word/document.xml", b"x")]), "This is a document or a presentation."),
    "a binary workbook": (archive([("xl/workbook.bin", b"x")]), "This is a binary workbook (XLSB)."),
    "a sheet that is no XML": (
        archive([("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row")], like=workbook(ROWS)),
        "This workbook cannot be opened: it is damaged",
    ),
    "a sheet with nothing on it": (
        archive([("xl/worksheets/sheet1.xml", sheet_xml(""))], like=workbook(ROWS)),
        "The first sheet of this workbook is empty.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_table_is_refused_with_what_to_do(case: str) -> None:
    data, said = REFUSED[case]

    with pytest.raises(Unreadable) as refused:
        read(data)

    assert str(refused.value).startswith(said)
    assert len(str(refused.value)) <= 254


def test_a_workbook_is_one_whatever_it_is_called() -> None:
    assert read(workbook(ROWS)).cells == [["ask", "Ask"]]
