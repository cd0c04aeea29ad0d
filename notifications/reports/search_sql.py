"""The statements of the search, with bounds on all that they read (docs/adr/0013).

A word of three letters may stand in every document there is. So the words are read in an order that makes sense,
title before text and a whole word before longer ones, and no further than these bounds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from notifications.reports.search_kinds import SearchKind

RANKED: Final = 500
"""At most so many documents of a kind are ranked and counted; beyond that the page says that there are more."""
PROBED: Final = 5_000
"""At most so many documents with one of several words are looked into for the others."""
DEEP: Final = 10_000
"""A word with at most so many places is compared with another word by its places alone."""

LAST: Final = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Term:
    """A word that was typed, folded: it finds what begins with it, and where words have forms, what has its stem."""

    word: str
    stem: str = ""

    def stems(self, kind: SearchKind) -> str:
        """The stem, where it finds more than the word itself."""
        return self.stem if kind.in_language and not self.stem.startswith(self.word) else ""

    def tsquery(self, kind: SearchKind) -> str:
        """The same for a vector."""
        return self._query(kind, beginning="*", whole="")

    def in_title(self, kind: SearchKind) -> str:
        """The same for the title alone, of which both words and stems count."""
        return self._query(kind, beginning="*AB", whole=":AB")

    @property
    def whole_in_title(self) -> str:
        """The word as it was typed, for the words of the title."""
        return f"{_quoted(self.word)}:A"

    def _query(self, kind: SearchKind, *, beginning: str, whole: str) -> str:
        stem = self.stems(kind)
        return f"({_quoted(self.word)}:{beginning}{f' | {_quoted(stem)}{whole}' if stem else ''})"


@dataclass(slots=True)
class Statement:
    """A piece of SQL with what goes into it."""

    sql: str
    params: list[Any] = field(default_factory=list)

    @classmethod
    def joined(cls, parts: Sequence["Statement"], by: str) -> "Statement":
        return cls(by.join(part.sql for part in parts), [each for part in parts for each in part.params])


COUNT: Final = "SELECT %s, %s, (SELECT count(*) FROM ({places}) p)"
PLACES: Final = "SELECT subject FROM ({readings}) w LIMIT {at_most}"
READING: Final = """
    (SELECT subject FROM notifications_searchword WHERE tenant_id = %s AND kind = %s AND in_body = %s AND {condition}
    ORDER BY {order} LIMIT {at_most})
"""
ALSO: Final = "subject IN (SELECT subject FROM ({places}) o)"
BOTH: Final = "SELECT subject FROM ({places}) p WHERE {also}"

TERMS: Final = """
    SELECT typed.lexeme, coalesce((
        SELECT stem.lexeme FROM unnest(to_tsvector(search_language(%s)::regconfig, typed.lexeme)) stem LIMIT 1), '')
    FROM unnest(to_tsvector('simple', search_folded(%s))) typed ORDER BY positions[1] LIMIT %s
"""


def counts(tenant_id: int, kinds: Sequence[SearchKind], terms: Sequence[Term]) -> Statement:
    """(kind, term, places): in how many places each term stands in each kind, counted to DEEP."""
    return Statement.joined(
        [_count(tenant_id, kind, term, number) for kind in kinds for number, term in enumerate(terms)], " UNION ALL "
    )


def _count(tenant_id: int, kind: SearchKind, term: Term, number: int) -> Statement:
    places = _places(tenant_id, kind, term, DEEP + 1)
    return Statement(COUNT.format(places=places.sql), [kind.code, number, *places.params])


def hits(
    tenant_id: int,
    kinds: Sequence[SearchKind],
    terms: Sequence[Term],
    stands_in: Mapping[str, Sequence[int]],
    *,
    sees_all: bool,
    page: tuple[int, int],
) -> Statement:
    """(kind, subject, title, count, more) of one page (LIMIT, OFFSET) of each kind, best first.

    `stands_in` is what `counts` found: by kind, for each term; nothing when there is only one term.
    """
    return Statement.joined(
        [_hits(tenant_id, kind, terms, stands_in.get(kind.code, [0]), sees_all, page) for kind in kinds], " UNION ALL "
    )


HITS: Final = """
(WITH place AS MATERIALIZED ({places}),
fitting AS MATERIALIZED (
    SELECT d.subject, d.title, d.vector FROM place CROSS JOIN LATERAL (
        SELECT * FROM notifications_searchdocument d
        WHERE d.tenant_id = %s AND d.kind = %s AND d.subject = place.subject LIMIT 1) d
    WHERE d.vector @@ %s::tsquery AND (%s OR NOT d.admins_only) LIMIT {ranked}),
once AS (SELECT DISTINCT ON (subject) * FROM fitting ORDER BY subject)
SELECT %s, subject, title, count(*) OVER (),
    (SELECT count(*) FROM fitting) >= {ranked} OR (SELECT count(*) FROM place) >= {most}
FROM once ORDER BY {fits} DESC, ts_rank(vector, %s::tsquery, {by_length}) DESC, {order} LIMIT %s OFFSET %s)
"""
FITS: Final = "(vector @@ %s::tsquery)::int"
"""A whole word of the title counts most, then the beginning of one; then how much of the document it is."""


def _hits(
    tenant_id: int,
    kind: SearchKind,
    terms: Sequence[Term],
    stands_in: Sequence[int],
    sees_all: bool,
    page: tuple[int, int],
) -> Statement:
    places, most = _candidates(tenant_id, kind, terms, stands_in)
    query = " & ".join(term.tsquery(kind) for term in terms)
    fits = [each for term in terms for each in (term.whole_in_title, term.in_title(kind))]
    sql = HITS.format(
        places=places.sql,
        ranked=RANKED + 1,
        most=most,
        fits=" + ".join([FITS] * len(fits)),
        by_length=0 if kind.newest_first else 1,
        order="subject DESC" if kind.newest_first else "title, subject",
    )
    return Statement(sql, [*places.params, tenant_id, kind.code, query, sees_all, kind.code, *fits, query, *page])


def _candidates(
    tenant_id: int, kind: SearchKind, terms: Sequence[Term], stands_in: Sequence[int]
) -> tuple[Statement, int]:
    """Places of the rarest term, and how many are read at most. Those of other terms that are not too common are
    compared with them before any document is read."""
    if len(terms) == 1:
        return _places(tenant_id, kind, terms[0], RANKED + 1), RANKED + 1
    rarest = min(range(len(terms)), key=lambda number: stands_in[number])
    also = [
        _places(tenant_id, kind, term, DEEP)
        for number, term in enumerate(terms)
        if number != rarest and RANKED < stands_in[rarest] <= DEEP and stands_in[number] <= DEEP
    ]
    most = DEEP + 1 if also else PROBED
    places = _places(tenant_id, kind, terms[rarest], most)
    if not also:
        return places, most
    shared = Statement.joined([Statement(ALSO.format(places=each.sql), each.params) for each in also], " AND ")
    return Statement(BOTH.format(places=places.sql, also=shared.sql), places.params + shared.params), most


def _places(tenant_id: int, kind: SearchKind, term: Term, at_most: int) -> Statement:
    """The subjects that a term leads to, in the order of preference; one that has several words of it comes again."""
    parts = Statement.joined(list(_readings(tenant_id, kind, term, at_most)), " UNION ALL ")
    return Statement(PLACES.format(readings=parts.sql, at_most=at_most), parts.params)


def _readings(tenant_id: int, kind: SearchKind, term: Term, at_most: int) -> Iterator[Statement]:
    exact, longer = ("word = %s", "subject DESC"), ("word > %s AND word < %s", "word, subject")
    for in_body in (False, True):
        words: list[tuple[tuple[str, str], list[str]]] = [(exact, [term.word])]
        if stem := term.stems(kind):
            words.append((exact, [stem]))
        words.append((longer, [term.word, term.word + LAST]))
        for (condition, order), values in words:
            sql = READING.format(condition=condition, order=order, at_most=at_most)
            yield Statement(sql, [tenant_id, kind.code, in_body, *values])


def _quoted(word: str) -> str:
    """A word as tsquery reads it."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
