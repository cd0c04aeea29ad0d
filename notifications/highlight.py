"""Marks in a text what somebody searched for: pure rules, no database. The pieces are escaped where they are shown."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

WORD: Final = re.compile(r"[^\W_]+")
SPELT: Final = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "n"}
)
"""Letters that PostgreSQL's unaccent writes otherwise, and that are no letter with an accent to Unicode."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; `is_hit` says that it is what was searched for."""

    text: str
    is_hit: bool = False


def folded(word: str) -> str:
    """Without capitals and accents, as the search compares words."""
    parts = unicodedata.normalize("NFKD", word.lower().translate(SPELT))
    return "".join(part for part in parts if not unicodedata.combining(part))


def marked(text: str, beginnings: Collection[str]) -> list[Piece]:
    """The whole text in pieces; a word that begins with one of the folded `beginnings` is a hit."""
    return _joined(_pieces(text, tuple(beginnings)))


def snippet(text: str, beginnings: Collection[str], *, longest: int = 180) -> list[Piece]:
    """One line of the text around its first hit, or its beginning when it has none."""
    line = " ".join(text.split())
    if len(line) <= longest:
        return marked(line, beginnings)
    hit = next((word.start() for word in WORD.finditer(line) if _is_hit(word[0], tuple(beginnings))), 0)
    start = max(0, min(hit - longest // 3, len(line) - longest))
    start = line.find(" ", start) + 1 if start and " " in line[start:hit] else start
    end = start + longest
    if end < len(line) and " " in line[max(start, hit) : end]:
        end = line.rfind(" ", start, end)
    before, after = ("…" if start else ""), ("…" if end < len(line) else "")
    return _joined(iter([Piece(before), *marked(line[start:end].strip(), beginnings), Piece(after)]))


def _is_hit(word: str, beginnings: tuple[str, ...]) -> bool:
    return bool(beginnings) and folded(word).startswith(beginnings)


def _pieces(text: str, beginnings: tuple[str, ...]) -> Iterator[Piece]:
    done = 0
    for word in WORD.finditer(text):
        if _is_hit(word[0], beginnings):
            yield Piece(text[done : word.start()])
            yield Piece(word[0], is_hit=True)
            done = word.end()
    yield Piece(text[done:])


def _joined(pieces: Iterator[Piece]) -> list[Piece]:
    """Without empty pieces, and what is no hit in one piece."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and not piece.is_hit and not joined[-1].is_hit:
            joined[-1] = Piece(joined[-1].text + piece.text)
        elif piece.text:
            joined.append(piece)
    return joined
