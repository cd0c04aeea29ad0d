"""What was searched for is marked in a text, and nothing of the text is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.highlight import Piece, folded, marked, snippet

LONG = "word " * 40


def hits(pieces: list[Piece]) -> list[str]:
    return [piece.text for piece in pieces if piece.is_hit]


def whole(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("word", "plain"),
    [("Rådgivning", "radgivning"), ("ØRSTED", "orsted"), ("Straße", "strasse"), ("Æsop", "aesop"), ("Zoë", "zoe")],
)
def test_accents_and_capitals_do_not_matter(word: str, plain: str) -> None:
    assert folded(word) == plain


def test_a_word_is_marked_by_its_beginning_and_no_word_by_its_middle() -> None:
    assert hits(marked("Åse Berg, Bergen and Solberg", ["berg", "ase"])) == ["Åse", "Berg", "Bergen"]


def test_parts_of_an_address_are_words() -> None:
    assert hits(marked("ask_berg@nordlys.example", ["berg", "nordlys"])) == ["berg", "nordlys"]


def test_a_long_text_is_cut_around_its_first_hit() -> None:
    said = whole(snippet(f"{LONG}needle {LONG}", ["needle"]))

    assert "needle" in said
    assert said.startswith("…word")
    assert said.endswith("word…")
    assert len(said) <= 182


def test_a_short_text_is_shown_whole() -> None:
    assert whole(snippet("Two rows\nwere read.", ["rows"])) == "Two rows were read."


@given(st.text(), st.lists(st.text(min_size=1).map(folded).filter(bool)))
def test_marking_changes_no_text(text: str, beginnings: list[str]) -> None:
    pieces = marked(text, beginnings)

    assert whole(pieces) == text
    assert all(folded(hit).startswith(tuple(beginnings)) for hit in hits(pieces))


@given(st.text(max_size=600), st.lists(st.text(min_size=1).map(folded).filter(bool)), st.integers(20, 200))
def test_a_snippet_is_one_short_line_of_the_text(text: str, beginnings: list[str], longest: int) -> None:
    line = " ".join(text.split())

    said = whole(snippet(text, beginnings, longest=longest))

    assert len(said) <= longest + 2
    assert said.removeprefix("…").removesuffix("…").strip() in line or said == line
