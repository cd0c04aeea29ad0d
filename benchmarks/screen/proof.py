"""Builds the tenants, measures the tabs and says which bounds hold."""

import os
import platform
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.management import call_command
from django.db import connections
from django.test.utils import setup_databases, teardown_databases

from benchmarks.screen.measure import Page, measure
from benchmarks.screen.tenants import LARGE, SMALL, make_catalogue, make_tenant, settle, shown
from licences.models import User

GROWTH, WHOLE, PANEL, STATEMENTS = 1.3, 3.0, 2.0, 12
"""At most: large tenant to small one; whole page and panel to the bare view; statements of a page."""

BLOCKS = 3
"""So often is measured until every bound holds in one and the same block: another program may spoil a block."""

SIZES = {"small": SMALL, "large": LARGE}

type People = Mapping[tuple[str, bool], User]
type Pages = Mapping[tuple[str, str], Page]
type Verdict = tuple[bool, str]


@dataclass(frozen=True)
class Tab:
    """A page, and the bare view of it if it is measured against one; both show `rows` of `tenants.shown`."""

    name: str
    address: str
    bare: str = ""
    rows: str = ""
    suite: bool = False
    sizes: tuple[str, ...] = ("small", "large")


TABS = (
    Tab("SuperOffice", "/licences/superoffice/", "/bare/superoffice/", rows="licences"),
    Tab("Status", "/licences/status/", "/bare/status/", rows="system"),
    Tab("Status, CRM Suite", "/licences/status/", "/bare/status/", rows="system", suite=True),
    Tab("System notifications", "/licences/notifications/", "/bare/notifications/", rows="events"),
    Tab("SuperOffice, page 3", "/licences/superoffice/?page=3", "/bare/superoffice/?page=3", sizes=("large",)),
    Tab(
        "SuperOffice, searched",
        "/licences/superoffice/?q=workspace+1&show=free",
        "/bare/superoffice/?q=workspace+1&show=free",
        sizes=("large",),
    ),
    Tab("Plan that everybody holds", "/licences/superoffice/made-user-000/"),
)


def prove(*, rounds: int) -> int:
    """Print a line per page and one per bound; 1 when a bound is broken in every block."""
    with scratch_database():
        call_command("load_catalogue", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        make_catalogue()
        people = _make_people()
        settle()
        for block in range(1, BLOCKS + 1):
            pages = {(tab.name, page.name): page for tab in TABS for page in _pages_of(tab, people)}
            measure(list(pages.values()), rounds=rounds)
            verdicts = [verdict for tab in TABS for verdict in _verdicts(tab, pages)]
            print(f"Block {block}, {rounds} rounds, {machine()}")
            _print(pages, verdicts)
            sys.stdout.flush()
            if all(holds for holds, _ in verdicts):
                return 0
    return 1


@contextmanager
def scratch_database() -> Iterator[None]:
    """A database of the benchmark's own, with every migration."""
    made = setup_databases(verbosity=0, interactive=False, aliases=["default", "owner"], serialized_aliases=[])
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"].close_pool()
        teardown_databases(made, verbosity=0)


def machine() -> str:
    """What the figures were measured on."""
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def _make_people() -> People:
    kinds = [(name, suite) for name in SIZES for suite in (False, True)]
    return {(name, suite): make_tenant(number, SIZES[name], suite=suite) for number, (name, suite) in enumerate(kinds)}


def _pages_of(tab: Tab, people: People) -> Iterator[Page]:
    for size in tab.sizes:
        user = people[size, tab.suite]
        shows = shown(user)[tab.rows] if tab.rows else ()
        yield Page(f"{size}, whole", user, tab.address, shows=shows)
        yield Page(f"{size}, panel", user, tab.address, target="panel", shows=shows)
        if tab.bare:
            yield Page(f"{size}, bare", user, tab.bare, shows=shows)


def _print(pages: Pages, verdicts: list[Verdict]) -> None:
    print(f"{'page':<26}{'tenant':<14}{'statements':>10}{'kB':>7}{'median ms':>11}{'95 % ms':>9}")
    for (tab, name), page in pages.items():
        times = f"{1000 * page.median:>11.2f}{1000 * page.p95:>9.2f}"
        print(f"{tab:<26}{name:<14}{page.statements:>10}{page.size / 1000:>7.1f}{times}")
    for holds, text in verdicts:
        print("holds " if holds else "BROKEN", text)


def _verdicts(tab: Tab, pages: Pages) -> Iterator[Verdict]:
    found = {name: page for (of_tab, name), page in pages.items() if of_tab == tab.name}
    for form, bound in (("whole", WHOLE), ("panel", PANEL)):
        of_form = {size: found[f"{size}, {form}"] for size in tab.sizes}
        if len(tab.sizes) == 2:
            yield ratio(f"{tab.name}, {form}: large to small", of_form["large"], of_form["small"], GROWTH)
        if tab.bare:
            for size, page in of_form.items():
                yield ratio(f"{tab.name}, {form}: {size} to bare", page, found[f"{size}, bare"], bound)
        counts = {page.statements for page in of_form.values()}
        holds = len(counts) == 1 and max(counts) <= STATEMENTS
        told = " and ".join(map(str, sorted(counts)))
        yield holds, f"{tab.name}, {form}: {told} statements, at most {STATEMENTS} and the same for both"


def ratio(what: str, page: Page, base: Page, bound: float) -> Verdict:
    """Median and 95th percentile of one page against another's."""
    median, p95 = page.median / base.median, page.p95 / base.p95
    return max(median, p95) <= bound, f"{what}: {median:.2f} (95 %: {p95:.2f}), at most {bound}"
