"""How cells are read: words in six languages, tidied, and plans whose names have commas."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licences.imported_users import UserRow, Wrong, plans_in, tidy

KNOWN = {"sales", "service", "sales, service and marketing", "sales-premium"}


@pytest.mark.parametrize("word", ["yes", "Ja", "J", "1", "TRUE", "x", "sant", "wahr", "waar"])
def test_yes_in_every_language(word: str) -> None:
    assert UserRow.read(2, {"can_log_in": word}).can_log_in is True


@pytest.mark.parametrize("word", ["no", "Nei", "nej", "NEIN", "nee", "0", "false", "falsk"])
def test_no_in_every_language(word: str) -> None:
    assert UserRow.read(2, {"can_log_in": word}).can_log_in is False


@pytest.mark.parametrize(
    ("word", "role"),
    [("Systemadministrator", "administrator"), ("beheerder", "administrator"), ("Bruger", "member"), ("", None)],
)
def test_roles_in_every_language(word: str, role: str | None) -> None:
    assert UserRow.read(2, {"role": word}).role == role


@pytest.mark.parametrize(
    ("cell", "found", "unknown"),
    [
        ("Sales", ["sales"], []),
        ("Sales, Service", ["sales", "service"], []),
        ("Sales, Service and Marketing", ["sales, service and marketing"], []),
        ("Sales,Service and Marketing ; service", ["sales, service and marketing", "service"], []),
        ("sales;SALES", ["sales"], []),
        ("Sales, Gold, Service", ["sales", "service"], ["Gold"]),
        (" ; , ", [], []),
    ],
)
def test_plans_are_told_apart(cell: str, found: list[str], unknown: list[str]) -> None:
    assert plans_in(cell, KNOWN) == (found, unknown)


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_whatever_a_cell_holds_it_is_read_or_refused(cell: str) -> None:
    row = None
    with suppress(Wrong):
        row = UserRow.read(2, {"user_id": cell, "full_name": cell, "group": cell, "plans": cell})

    assert row is None or (row.full_name == tidy(cell) and (row.full_name.isprintable() or not row.full_name))
