"""The rules of `manage.py invariants`, for tests to ask of the database they have worked on."""

from config.invariants import broken_rows


def broken() -> set[str]:
    """The rules that some row breaks now."""
    return {rule for rule, rows in broken_rows().items() if rows}


def assert_invariants() -> None:
    """Every rule holds; else says which, and the rows."""
    assert {rule: rows for rule, rows in broken_rows().items() if rows} == {}
