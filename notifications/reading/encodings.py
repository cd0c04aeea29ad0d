"""Which encoding a text is in. All of the text is asked, piece by piece: a letter on its last line may decide.

UTF-8 proves itself: text in another encoding hardly ever is valid UTF-8 by chance. Among the encodings of one byte a
letter nothing proves itself, so the commonest in Western Europe is taken where its letters stand as they do there, and
charset-normalizer decides the rest.
"""

import codecs
import re
from typing import Final

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _

from notifications.reading.tables import Unreadable

WESTERN: Final = "cp1252"
NAMES: Final = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
}

BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
OTHERS: Final = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "cp850", "cp437", "mac_roman", "iso8859_2", "koi8_r"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
)
ONE_BYTE: Final = re.compile(r"cp(125\d|850|437)|mac_|iso8859|koi8")

LETTER: Final = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
"""One character beyond ASCII as UTF-8 writes it."""
SURROGATE: Final = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
HIGH: Final = bytes(range(128, 256))
LOW: Final = bytes(range(128))
HIGH_BYTE: Final = re.compile(rb"[\x80-\xff]")
LINE_BREAK: Final = re.compile(rb"[\r\n]")
SAMPLE_BYTES: Final = 64 * 1024
AROUND: Final = 500
"""So many bytes to either side of a letter beyond ASCII, on its line, tell what it is."""

WESTERN_HIGH: Final = re.compile(r"[^\x00-\x7fÀ-ÿŠšŽžŒœŸ€‚„…–—‘’“”•™\xa0£§©«®°·»´½]")
"""What stands in no Western text, though cp1252 has it."""
TWO_HIGH: Final = re.compile(r"[À-ÿŠšŽžŒœŸ]{2,}")
MOST_TOGETHER: Final = 0.4
"""In Western words, letters beyond ASCII stand alone; in Cyrillic or Greek ones they are all there is."""


def encoding_name(encoding: str) -> str:
    """How people know the encoding."""
    windows = re.fullmatch(r"cp(125\d)", encoding)
    return f"Windows-{windows[1]}" if windows else NAMES.get(encoding, encoding.upper().replace("_", "-"))


class Survey:
    """Is fed the whole text in pieces, and then says what encoding it is in."""

    def __init__(self) -> None:
        self._rest = b""
        self._known = ""
        self._started = False
        self._letters = self._strays = 0
        self._surrogates = False
        self._sample = b""

    def feed(self, piece: bytes) -> bool:
        """Look at the next piece; False once no further piece can change the answer."""
        if not self._started:
            self._started = True
            self._known = _by_beginning(piece)
        if self._known and self._known != "utf-8-sig":
            return False
        if not piece.isascii() or self._rest:
            piece, self._rest = _whole(self._rest + piece)
            self._count(piece)
        return True

    def _count(self, piece: bytes) -> None:
        try:
            piece.decode()
        except UnicodeDecodeError:
            self._letters += len(LETTER.findall(piece))
            self._strays += len(LETTER.sub(b"", piece).translate(None, LOW))
            self._surrogates = self._surrogates or SURROGATE.search(piece) is not None
        else:
            self._letters += len(piece.translate(None, LOW + bytes(range(0x80, 0xC0))))
        if len(self._sample) < SAMPLE_BYTES:
            self._sample += sample_of(piece, enough=SAMPLE_BYTES - len(self._sample))

    def encoding(self) -> str:
        """The name of a codec. Raises Unreadable for a text in several encodings and for one in none."""
        if self._rest:
            self._count(self._rest)
        if self._known and self._known != "utf-8-sig":
            return self._known
        if not self._strays:
            return self._known or "utf-8"
        if self._surrogates:
            raise Unreadable(_("The file has broken characters (lone surrogates). Save it anew as UTF-8."))
        found = "" if self._known or self._letters > self._strays // 2 else _of_sample(self._sample)
        if not found or (self._letters and ONE_BYTE.match(found)):
            raise Unreadable(
                _("The file mixes several encodings: some of its letters would come out wrong. Save it anew as UTF-8.")
            )
        return found


def _by_beginning(piece: bytes) -> str:
    """By a byte order mark, or by every second byte being zero as in the UTF-16 of Western text."""
    for mark, encoding in BOMS:
        if piece.startswith(mark):
            return encoding
    head = piece[:4096]
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = head[start::2].count(0), head[1 - start :: 2].count(0)
        if zeros > 0.6 * len(head[start::2]) and not others:
            return encoding
    return ""


def _whole(piece: bytes) -> tuple[bytes, bytes]:
    """The piece without what may be the first bytes of a letter that goes on in the next one; and those bytes."""
    for back in range(1, min(4, len(piece)) + 1):
        byte = piece[-back]
        if byte < 0x80:
            break
        if byte >= 0xC0:
            return piece[:-back], piece[-back:]
    return piece, b""


def sample_of(piece: bytes, *, enough: int) -> bytes:
    """What stands around its letters beyond ASCII, in the order of the text and none of it twice, until it is enough.
    However the lines are, each byte is searched once."""
    parts: list[bytes] = []
    size = end = 0
    while size < enough and (high := HIGH_BYTE.search(piece, end)):
        at = high.start()
        before = LINE_BREAK.split(piece[max(end, at - AROUND) : at])[-1]
        after = LINE_BREAK.split(piece[at : at + AROUND], maxsplit=1)[0]
        if at - len(before) > end:
            parts.append(b"\n")
        parts.append(before + after)
        size, end = size + len(parts[-1]) + 1, at + len(after)
    return b"".join(parts)


def _of_sample(sample: bytes) -> str:
    """The encoding of lines that are not UTF-8; empty when there is none that fits."""
    try:
        western = sample.decode(WESTERN)
    except UnicodeDecodeError:
        western = ""
    if western and not WESTERN_HIGH.search(western):
        high = len(sample.translate(None, LOW))
        together = sum(map(len, TWO_HIGH.findall(western)))
        if together <= MOST_TOGETHER * high:
            return WESTERN
    best = from_bytes(sample, cp_isolation=list(OTHERS), threshold=0.3).best()
    return best.encoding if best else ""
