"""Builds the tenants, measures the pages and says which bounds hold."""

import sys
import time
from collections.abc import Iterator
from typing import Final

from django.core.management import call_command

from benchmarks.dashboard.usage import tidy, use
from benchmarks.screen.measure import Page, measure
from benchmarks.screen.proof import machine, scratch_database
from benchmarks.screen.tenants import SMALL, make_catalogue, make_tenant
from licences.models import User

P95_SECONDS, GROWTH, STATEMENTS = 0.150, 1.3, 12
"""At most: the 95th percentile of a page; of the large tenant to the small one; statements of a page."""
FEW: Final = 10_000
"""Events of the small tenant."""
BLOCKS: Final = 3
"""So often is measured until every bound holds in one and the same block: another program may spoil a block."""

ADDRESSES: Final = {
    "Metered services": "/metering/",
    "One service": "/metering/mailing-emails/",
    "One service, a day": "/metering/mailing-emails/?day={day}",
    "Not counted": "/metering/not-counted/",
}

type Verdict = tuple[bool, str]


def prove(*, events: int, rounds: int) -> int:
    """Print a line per page and one per bound; 1 when a bound is broken in every block."""
    with scratch_database():
        call_command("load_catalogue", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        make_catalogue()
        people = {name: _person(number, count) for number, (name, count) in enumerate(sizes(events).items())}
        tidy()
        for block in range(1, BLOCKS + 1):
            pages = [page for name, address in ADDRESSES.items() for page in _pages(name, address, people)]
            measure(pages, rounds=rounds)
            verdicts = list(_verdicts(pages))
            print(f"Block {block}, {rounds} rounds, {machine()}")
            _print(pages, verdicts)
            sys.stdout.flush()
            if all(holds for holds, _ in verdicts):
                return 0
    return 1


def sizes(events: int) -> dict[str, int]:
    return {f"{FEW:,} events": FEW, f"{events:,} events": events}


def _person(number: int, events: int) -> User:
    person = make_tenant(number, SMALL)
    began = time.perf_counter()
    use(person.tenant, events=events)
    print(f"{events:,} events in 13 months, invoiced: made in {time.perf_counter() - began:.0f} s")
    return person


def _pages(name: str, address: str, people: dict[str, User]) -> Iterator[Page]:
    for size, person in people.items():
        yield Page(f"{name}: {size}", person, address.format(day=person.tenant.today))


def _print(pages: list[Page], verdicts: list[Verdict]) -> None:
    print(f"{'page':<42}{'statements':>10}{'kB':>7}{'median ms':>11}{'95 % ms':>9}")
    for page in pages:
        times = f"{1000 * page.median:>11.2f}{1000 * page.p95:>9.2f}"
        print(f"{page.name:<42}{page.statements:>10}{page.size / 1000:>7.1f}{times}")
    for holds, text in verdicts:
        print("holds " if holds else "BROKEN", text)


def _verdicts(pages: list[Page]) -> Iterator[Verdict]:
    for name, small, large in zip(ADDRESSES, pages[::2], pages[1::2], strict=True):
        ratio = large.p95 / small.p95
        yield (
            large.p95 <= P95_SECONDS,
            f"{name}: 95 % within {1000 * large.p95:.1f} ms, at most {1000 * P95_SECONDS:.0f}",
        )
        yield ratio <= GROWTH, f"{name}: {ratio:.2f} times the small tenant's, at most {GROWTH}"
        counts = {small.statements, large.statements}
        holds = len(counts) == 1 and max(counts) <= STATEMENTS
        told = " and ".join(map(str, sorted(counts)))
        yield holds, f"{name}: {told} statements, at most {STATEMENTS} and the same for both"
