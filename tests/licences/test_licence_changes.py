"""What a licence set changes against the one before it, row by row."""

import pytest

from licences.models import Licence, LicenceType
from licences.reports.licence_changes import LicenceChange


def row(total: int = 5, *, in_use: int = 0, unrestricted: bool = False, **kind: object) -> Licence:
    """A licence of one and the same type, unsaved."""
    of = LicenceType(pk=1, code="sales", name="Sales", **{"kind": "user", **kind})
    return Licence(type=of, name="Sales", total=total, in_use=in_use, unrestricted=unrestricted)


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (LicenceChange(row(5), row(5)), False),
        (LicenceChange(row(5), row(6)), True),
        (LicenceChange(None, row(5)), True),
        (LicenceChange(row(5), None), True),
        (LicenceChange(row(5, unrestricted=True), row(6, unrestricted=True)), False),
        (LicenceChange(row(5, unrestricted=True), row(6)), True),
        (LicenceChange(row(5, kind="system"), row(6, kind="system")), False),
        (LicenceChange(None, row(1, kind="system")), True),
        (LicenceChange(row(5, hidden=True), row(6, hidden=True)), False),
        (LicenceChange(row(5, hidden=True, in_use=4), row(3, hidden=True)), True),
    ],
    ids=[
        "the same",
        "another number",
        "new",
        "gone",
        "without a limit, another number",
        "a limit where there was none",
        "the company's, another number",
        "the company's, new",
        "hidden",
        "hidden and short",
    ],
)
def test_what_a_person_would_see_is_worth_showing(change: LicenceChange, shown: bool) -> None:
    assert change.is_worth_showing == shown


@pytest.mark.parametrize(
    ("in_use", "new", "to_remove"),
    [(4, row(5), 0), (5, row(5), 0), (6, row(5), 1), (6, None, 6), (0, None, 0), (6, row(1, unrestricted=True), 0)],
)
def test_what_is_too_many_must_be_given_back(in_use: int, new: Licence | None, to_remove: int) -> None:
    change = LicenceChange(row(6, in_use=in_use), new)

    assert change.to_remove == to_remove
    assert change.is_short == (to_remove > 0)


def test_the_numbers_are_those_of_the_dialogue() -> None:
    change = LicenceChange(row(21, in_use=20), row(19))

    assert (change.in_use, change.total, change.free) == (20, 21, 1)
    assert (change.added, change.new_total, change.new_free) == (-2, 19, -1)


def test_a_licence_that_goes_has_a_new_total_of_0_and_one_that_comes_no_old_total() -> None:
    gone, new = LicenceChange(row(6), None), LicenceChange(None, row(6))

    assert (gone.total, gone.new_total, gone.added) == (6, 0, -6)
    assert (new.total, new.new_total, new.added) == (None, 6, 6)
