"""Builds two tenants, gives and takes seats in bulk, measures the users page, and says which bounds hold."""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.core.management import call_command

from benchmarks.screen.measure import Page, counted, measure
from benchmarks.screen.proof import BLOCKS, Verdict, machine, ratio, scratch_database
from benchmarks.screen.tenants import EVERYBODYS, LARGE, SMALL, make_catalogue, make_tenant, settle
from config.tenancy.scopes import tenant_scope
from licences.models import Licence, User
from licences.services.history import breaks
from licences.services.seats import Report, assign_seats, release_seats

SECONDS, STATEMENTS_PER_THOUSAND, GROWTH = 3.0, 20, 1.3
PAGES = {"users": "/licences/users/", "users, searched": "/licences/users/?q=bergmo+0000"}


@dataclass(frozen=True)
class Action:
    """What one action over many users cost."""

    name: str
    users: int
    seconds: float
    statements: int

    @property
    def verdict(self) -> Verdict:
        per_thousand = 1000 * self.statements / self.users
        told = f"{self.name} {self.users:,} users: {self.seconds:.2f} s, at most {SECONDS:.0f} s; {self.statements}"
        holds = self.seconds <= SECONDS and per_thousand <= STATEMENTS_PER_THOUSAND
        return holds, f"{told} statements, {per_thousand:.1f} per 1,000, at most {STATEMENTS_PER_THOUSAND}"


def prove(*, rounds: int) -> int:
    """Print a line per figure; 1 when a bound is broken in every block."""
    with scratch_database():
        call_command("load_catalogue", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        make_catalogue()
        people = {"small": make_tenant(0, SMALL), "large": make_tenant(1, LARGE)}
        settle()
        for block in range(1, BLOCKS + 1):
            print(f"Block {block}, {rounds} rounds, {machine()}")
            verdicts = [*_bulk(people["large"]), *_pages(people, rounds=rounds)]
            for holds, text in verdicts:
                print("holds " if holds else "BROKEN", text)
            sys.stdout.flush()
            if all(holds for holds, _ in verdicts):
                return 0
    return 1


def _bulk(administrator: User) -> Iterator[Verdict]:
    """Everybody gives back the licence that everybody holds, but for the administrator, and gets it again."""
    with tenant_scope(administrator.tenant_id or 0):
        licence = Licence.objects.in_force().select_related("tenant", "type").get(type__code=EVERYBODYS)
        others = list(User.objects.of(licence.tenant).exclude(pk=administrator.pk).order_by("pk"))
    for name, change in (("take a seat from", release_seats), ("give a seat to", assign_seats)):
        yield _timed(name, others, licence, change, administrator).verdict
    with tenant_scope(licence.tenant_id):
        broken = list(breaks(licence.tenant))
    yield not broken, f"the history has {len(broken)} breaks"


def _timed(
    name: str, users: list[User], licence: Licence, change: Callable[..., Report], administrator: User
) -> Action:
    with counted() as statements:
        started = time.perf_counter()
        with tenant_scope(licence.tenant_id):
            report = change(licence, users=users, by=administrator)
        seconds = time.perf_counter() - started
    assert len(report.done) == len(users), report.refused[:3]
    return Action(name, len(users), seconds, len(statements))


def _pages(people: dict[str, User], *, rounds: int) -> Iterator[Verdict]:
    pages = {
        (name, size): Page(f"{name}, {size}", user, address)
        for name, address in PAGES.items()
        for size, user in people.items()
    }
    measure(list(pages.values()), rounds=rounds)
    for name in PAGES:
        small, large = pages[name, "small"], pages[name, "large"]
        print(f"{name}: {1000 * small.median:.1f} ms with 10 users, {1000 * large.median:.1f} ms with 10,000")
        yield ratio(f"{name}: 10,000 seats to 10", large, small, GROWTH)
        yield small.statements == large.statements, f"{name}: {small.statements} and {large.statements} statements"
