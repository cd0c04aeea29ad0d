"""Which files may come with a request: what a support desk can use, within bounds, under a name that can be shown."""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Final

from django.utils.translation import gettext as _

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_AT_ONCE: Final = 5
LONGEST_NAME: Final = 200


class NotTaken(ValueError):
    """The message says why, for the person who sent it."""


def _begins(*signs: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(signs)


def _is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _is_text(content: bytes) -> bool:
    """UTF-16 has NULs, and says so at its beginning."""
    return content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" not in content


ZIP: Final = _begins(b"PK\x03\x04")
JPEG: Final = _begins(b"\xff\xd8\xff")
TYPES: Final[Mapping[str, Callable[[bytes], bool]]] = {
    ".png": _begins(b"\x89PNG\r\n\x1a\n"),
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".gif": _begins(b"GIF87a", b"GIF89a"),
    ".webp": _is_webp,
    ".pdf": _begins(b"%PDF-"),
    ".zip": ZIP,
    ".docx": ZIP,
    ".xlsx": ZIP,
    ".gz": _begins(b"\x1f\x8b"),
    ".txt": _is_text,
    ".log": _is_text,
    ".csv": _is_text,
    ".json": _is_text,
    ".xml": _is_text,
    ".har": _is_text,
}
"""By the end of the name, how its content is told from another's."""


def plain_name(name: str) -> str:
    """The name without folders and without what cannot be shown, such as signs that turn the direction of writing."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(character for character in last if character.isprintable()).strip(" .")
    end = PurePosixPath(shown).suffix
    if len(shown) <= LONGEST_NAME or len(end) > LONGEST_NAME:
        return shown[:LONGEST_NAME]
    return shown[: LONGEST_NAME - len(end)] + end


def check_attachment(name: str, content: bytes) -> None:
    """Raises NotTaken for what is no log, picture or document, or is too much."""
    if not content:
        raise NotTaken(_("%(name)s is empty.") % {"name": name})
    if len(content) > MOST_BYTES:
        raise NotTaken(_("%(name)s is larger than 5 MiB.") % {"name": name})
    is_of_type = TYPES.get(PurePosixPath(name).suffix.lower())
    if is_of_type is None:
        raise NotTaken(_("%(name)s is no kind of file that is taken: %(kinds)s.") % {"name": name, "kinds": kinds()})
    if not is_of_type(content):
        raise NotTaken(_("%(name)s is not what its name says.") % {"name": name})


def kinds() -> str:
    """What is taken, as people write it."""
    return ", ".join(end.removeprefix(".") for end in TYPES)
