"""Which files may come with a request, and under which name."""

import pytest

from licences.attachments import LONGEST_NAME, MOST_BYTES, NotTaken, check_attachment, plain_name

GOOD = {
    "screen.png": b"\x89PNG\r\n\x1a\n...",
    "screen.JPG": b"\xff\xd8\xff\xe0",
    "screen.gif": b"GIF89a",
    "screen.webp": b"RIFF\x00\x00\x00\x00WEBPVP8 ",
    "report.pdf": b"%PDF-1.7",
    "logs.zip": b"PK\x03\x04",
    "notes.docx": b"PK\x03\x04",
    "logs.gz": b"\x1f\x8b\x08",
    "error.log": "Nå stoppet det".encode(),
    "error.txt": "\ufeffHalt".encode("utf-16"),
    "data.json": b"{}",
}
BAD = {
    "page.html": b"<script>",
    "picture.svg": b"<svg/>",
    "run.exe": b"MZ",
    "log": b"no ending",
    "screen.png": b"<html>",
    "error.log": b"\x7fELF\x00\x00",
    "empty.txt": b"",
    "large.txt": b"x" * (MOST_BYTES + 1),
}


@pytest.mark.parametrize(("name", "content"), GOOD.items())
def test_what_a_desk_can_use_is_taken(name: str, content: bytes) -> None:
    check_attachment(name, content)


def test_as_much_as_there_may_be_is_taken() -> None:
    check_attachment("large.txt", b"x" * MOST_BYTES)


@pytest.mark.parametrize(("name", "content"), BAD.items())
def test_what_it_cannot_use_or_is_not_what_its_name_says_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(NotTaken, match=name):
        check_attachment(name, content)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("error.log", "error.log"),
        ("C:\\logs\\error.log", "error.log"),
        ("../../etc/error.log", "error.log"),
        ("a\r\nb\x00.log", "ab.log"),
        ("gpj.\u202egol.exe", "gpj.gol.exe"),
        (" .log ", "log"),
        ("x" * 300 + ".log", "x" * (LONGEST_NAME - 4) + ".log"),
        ("x." + "y" * 300, "x." + "y" * (LONGEST_NAME - 2)),
    ],
)
def test_a_name_is_kept_without_folders_and_without_what_cannot_be_shown(sent: str, kept: str) -> None:
    assert plain_name(sent) == kept
