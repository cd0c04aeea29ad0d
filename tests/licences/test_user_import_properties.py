"""Whatever stands in a file: twice is once, the check tells what the run does, and numbers add up."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from licences.models import HistoryEntry, Seat, Tenant, User
from licences.services.history import breaks
from tests.factories import TenantFactory, scope_of
from tests.invariants import assert_invariants
from tests.licences.seats import holder, plan
from tests.licences.user_files import Cells, counts, take_back, take_in, users_of

pytestmark = pytest.mark.django_db

EXAMPLES = 300 if os.environ.get("PROOF") else 8
FIELDS = ("login_id", "full_name", "email", "role", "can_log_in", "primary_group__name")
OUTCOMES = ("added", "changed", "unchanged", "skipped", "faulty")

rows = st.fixed_dictionaries(
    {
        "user_id": st.sampled_from([f"u{n}" for n in range(8)]),
        "full_name": st.sampled_from(["", "Kari", "Odd", "Liv\x00"]),
        "email": st.sampled_from(["", "kari@nordlys.example", "kari@"]),
        "role": st.sampled_from(["", "admin", "user", "boss"]),
        "group": st.sampled_from(["", "Oslo", "oslo", "Bergen"]),
        "can_log_in": st.sampled_from(["", "yes", "no"]),
        "plans": st.sampled_from(["", "Sales", "Service", "Sales; Service", "Gold"]),
    }
)
files = st.lists(rows, max_size=8, unique_by=lambda row: row["user_id"])


@contextmanager
def a_world_of_its_own() -> Iterator[None]:
    """What an example writes is gone afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def tenant_with(is_suite: bool) -> Tenant:
    """An administrator, another user, and few seats."""
    tenant: Tenant = TenantFactory(suite=is_suite)
    first = {"type": tenant.suite_plan.seat_licence} if is_suite else {"name": "Sales"}
    holder(plan(tenant, total=3, **first), login_id="u0", full_name="U 0", role="administrator")
    if not is_suite:
        holder(plan(tenant, name="Service", total=2), login_id="u1", full_name="U 1")
    return tenant


def state(tenant: Tenant) -> object:
    with scope_of(tenant):
        seats = Seat.objects.active().order_by("user__login_id", "licence__name")
        held = list(seats.values_list("user__login_id", "licence__name"))
        return users_of(tenant, *FIELDS[:-1]), held, HistoryEntry.objects.count()


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=files, duplicates=st.sampled_from(["add", "merge", "replace", "skip"]), is_suite=st.booleans())
def test_twice_is_once_and_the_check_tells_what_the_run_does(
    file: list[Cells], duplicates: str, is_suite: bool, db: None
) -> None:
    with a_world_of_its_own():
        tenant = tenant_with(is_suite)

        half = len(file) // 2
        first_half = take_in(tenant, *file[:half], duplicates=duplicates, dry=True)
        checked = take_in(tenant, *file[half:], duplicates=duplicates, dry=True, before=first_half.after)
        done = take_in(tenant, *file[:half], duplicates=duplicates)
        rest = take_in(tenant, *file[half:], duplicates=duplicates)

        assert (counts(first_half), first_half.faults) == (counts(done), done.faults)
        assert (counts(checked), checked.faults) == (counts(rest), rest.faults)
        assert sum(done.counts[name] + rest.counts[name] for name in OUTCOMES) == len(file)
        assert_invariants()
        with scope_of(tenant):
            assert list(breaks(tenant)) == []
        before = state(tenant)
        if duplicates in {"replace", "skip"} and not done.faults and not rest.faults:
            again = take_in(tenant, *file, duplicates=duplicates)
            assert again.counts["added"] == again.counts["changed"] == 0
            assert state(tenant) == before


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=files, duplicates=st.sampled_from(["merge", "replace"]), is_suite=st.booleans())
def test_what_is_undone_at_once_was_never_there(file: list[Cells], duplicates: str, is_suite: bool, db: None) -> None:
    with a_world_of_its_own():
        tenant = tenant_with(is_suite)
        users, seats, _entries = state(tenant)  # type: ignore[misc]

        imported = take_in(tenant, *file, duplicates=duplicates)
        if imported.undo is not None:
            assert take_back(tenant, imported).faults == []

        after, held, _more = state(tenant)  # type: ignore[misc]
        assert ([user for user in after if "~" not in user[0]], held) == (users, seats)
        assert_invariants()
        with scope_of(tenant):
            assert list(breaks(tenant)) == []
            assert User.objects.filter(login_id__contains="~", left_at=None).count() == 0
