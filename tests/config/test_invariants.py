"""`manage.py invariants` says what holds and what does not, over all tenants."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.invariants import ISOLATED, broken_rows
from licences.models import Licence
from tests.config.conftest import Log
from tests.factories import SeatFactory, behind_the_policies, scope_of
from tests.invariants import broken

pytestmark = pytest.mark.django_db


def test_when_all_hold_each_is_named_and_the_command_succeeds() -> None:
    SeatFactory()
    said = StringIO()

    call_command("invariants", stdout=said)

    lines = said.getvalue().splitlines()
    assert lines[-1] == f"All {len(broken_rows())} invariants hold."
    assert [line.strip() for line in lines[:-1]] == [f"0  {rule}" for rule in broken_rows()]


def test_when_one_is_broken_the_command_names_it_and_its_rows_and_fails() -> None:
    licences = [SeatFactory().licence, SeatFactory().licence]
    for licence in licences:
        with scope_of(licence):
            Licence.objects.update(in_use=3)
    said = StringIO()

    with pytest.raises(CommandError, match=r"^1 of \d+ invariants are broken\.$") as failed:
        call_command("invariants", stdout=said)

    assert failed.value.returncode == 1
    assert "     2  what is in use of a licence is the number of its active seats" in said.getvalue()
    assert all(f"({licence.pk}, 3, 1)" in said.getvalue() for licence in licences)


def test_a_table_without_its_policy_is_a_broken_invariant() -> None:
    with behind_the_policies(), connection.cursor() as cursor:
        cursor.execute("DROP POLICY tenant ON licences_seat")

    assert broken() == {ISOLATED}


def test_looking_at_all_tenants_is_logged(log: Log) -> None:
    broken_rows()

    assert [line["reason"] for line in log.lines] == ["check the invariants"]
