"""What kind of file it is, by what is in it: its name may say anything."""

import re
from enum import Enum
from typing import Final

from django.utils.translation import gettext_lazy as _

from notifications.reading.tables import Unreadable

HEAD_BYTES: Final = 64 * 1024
"""So much of a file's beginning tells what it is."""


class FileType(Enum):
    TEXT = "text"
    WORKBOOK = "workbook"


ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")

_SAVE_AS: Final = _("Open it, save it as CSV or XLSX, and upload that.")

REFUSED: Final = (
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
    (rb"\x1f\x8b", _("This file is packed (gzip). Unpack it and upload the CSV or XLSX file inside.")),
    (rb"BZh[1-9]", _("This file is packed (bzip2). Unpack it and upload the CSV or XLSX file inside.")),
    (rb"\xfd7zXZ\x00", _("This file is packed (xz). Unpack it and upload the CSV or XLSX file inside.")),
    (rb"7z\xbc\xaf\x27\x1c", _("This file is packed (7-Zip). Unpack it and upload the CSV or XLSX file inside.")),
    (rb"Rar!", _("This file is packed (RAR). Unpack it and upload the CSV or XLSX file inside.")),
    (rb"\x28\xb5\x2f\xfd", _("This file is packed (Zstandard). Unpack it and upload the CSV or XLSX file inside.")),
    (rb"%PDF", _("This is a PDF document. Upload the CSV or XLSX file that it was made from.")),
    (rb"{\\rtf", _("This is a text document. Put its table into a spreadsheet and save that as CSV or XLSX.")),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\x00|MM\x00\*|RIFF", _("This is a picture. Upload a CSV or XLSX file.")),
    (rb"\x7fELF|MZ[\x00-\xff]{30}.*\x00", _("This is a program. Upload a CSV or XLSX file.")),
    (
        rb"(?i)(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body|table|meta|script)",
        _("This is a web page, whatever it is called. Open it in a spreadsheet and save it as CSV or XLSX."),
    ),
    (
        rb"(?i)(\xef\xbb\xbf)?\s*<(\?xml|!doctype|!entity|\w+[\s/>])",
        _("This is an XML file. Open it in a spreadsheet and save it as CSV or XLSX."),
    ),
    (rb'(\xef\xbb\xbf)?\s*(\{\s*"|\[\s*[\[{])', _("This is a JSON file. Upload a CSV or XLSX file.")),
)
"""How a file begins, and what is said of it. Nothing is said here of what old Excel and locked workbooks share."""

CONTROLS: Final = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
"""Bytes that text in any encoding with ASCII in it hardly has."""
MOST_CONTROLS: Final = 0.02


def file_type(head: bytes) -> FileType:
    """What the file is, by its first HEAD_BYTES. Raises Unreadable for anything but a text or a workbook."""
    if head.startswith(ZIP):
        return FileType.WORKBOOK
    for beginning, said in REFUSED:
        if re.match(beginning, head, re.DOTALL):
            raise Unreadable(str(said or _of_old_excel(head)))
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise Unreadable(str(_("The file is empty.")))
    if len(CONTROLS.findall(head)) > MOST_CONTROLS * len(head):
        raise Unreadable(str(_("This is not a table of text. Upload a CSV or XLSX file.")))
    return FileType.TEXT


def _of_old_excel(head: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in head:
        return str(LOCKED)
    return str(_("This is a workbook of an old Excel (XLS), or one with a password. %(todo)s")) % {"todo": _SAVE_AS}


LOCKED: Final = _("This workbook is protected by a password. Remove the password and upload it again.")
