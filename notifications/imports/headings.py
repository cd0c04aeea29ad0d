"""Headings of a file: which column is which field, and whether a file has the headings of an earlier one."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence


def normal(heading: str) -> str:
    """The heading without what people write differently: case, accents, punctuation, spaces."""
    plain = unicodedata.normalize("NFKD", heading.casefold()).replace("ø", "o").replace("æ", "ae")
    return re.sub(r"[\W_]+", "", plain)


def closest_columns(columns: Sequence[str], synonyms: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """For each code whose synonyms include a heading, the position of that column. The earlier synonym counts more, a
    column is taken once."""
    places = {normal(heading): place for place, heading in reversed(list(enumerate(columns)))}
    found: dict[str, int] = {}
    for code, names in synonyms.items():
        free = (places[key] for key in map(normal, names) if key in places and places[key] not in found.values())
        if (place := next(free, None)) is not None:
            found[code] = place
    return found


def fingerprint(columns: Sequence[str]) -> str:
    """The same for two files with the same headings in the same order."""
    return hashlib.sha256(json.dumps([normal(heading) for heading in columns]).encode()).hexdigest()
