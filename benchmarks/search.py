"""`python -m benchmarks.search`: how long the search takes in a tenant of 1,000,000 documents among 100 tenants.

The budget: 100 ms for 95 of 100 searches, with ranking and snippets, in the tenant's scope as a request has it. Needs
DATABASE_URL and REDIS_URL; works in a scratch database of its own. The documents are users and system events with names
and words as unevenly spread as people's are, indexed by the triggers that index everything. The machine may have other
things to do, so the best of three blocks counts; all are printed.
"""

import argparse
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from itertools import batched

import django
from django.db import connection

TENANTS, BUDGET_SECONDS, BLOCKS = 100, 0.1, 3
CHUNK = 20_000
USERS_OF_TEN = 6
STARTS = ["b", "br", "d", "f", "g", "h", "k", "kr", "l", "m", "n", "r", "s", "sk", "st", "t", "v"]
VERY_COMMON = ("nordlys", "import", "rows", "person")

USERS = """
INSERT INTO licences_user (tenant_id, login_id, full_name, email, role, can_log_in, date_joined, password)
SELECT %(tenant)s, 'person' || n || '.' || %(tenant)s, first || ' ' || last,
    lower(left(first, 3) || '.' || last || n || '@nordlys.example'), 'member', true, now(), '!'
FROM (SELECT n, (%(first)s::text[])[1 + floor(array_length(%(first)s::text[], 1) * random() ^ 2)::int] AS first,
    (%(last)s::text[])[1 + floor(array_length(%(last)s::text[], 1) * random() ^ 3)::int] AS last
    FROM generate_series(%(from)s, %(until)s) n) made
"""
EVENTS = """
INSERT INTO notifications_systemevent (tenant_id, source, key, run, name, status, percent, message, description, scope,
    owner, activated_at, finished_at, heartbeat_at)
SELECT %(tenant)s, 'console', 'Import', n::text, 'Import of ' || (%(words)s::text[])[word[1]], 'succeeded', 100,
    n || ' rows were read from ' || (%(words)s::text[])[word[2]],
    (SELECT string_agg((%(words)s::text[])[place], ' ') FROM unnest(word[3:]) place), 'system', '', now(), now(), now()
FROM (SELECT n, ARRAY(SELECT 1 + floor(array_length(%(words)s::text[], 1) * random() ^ 3)::int
    FROM generate_series(1, 8) WHERE n > 0) AS word FROM generate_series(%(from)s, %(until)s) n) made
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description="Measure the search.")
    parser.add_argument("--documents", type=int, default=1_000_000, help="of the large tenant (default 1,000,000)")
    parser.add_argument("--rounds", type=int, default=40, help="how often each kind of search is asked (default 40)")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.screen.settings"
    django.setup()
    from benchmarks.screen.proof import machine, scratch_database
    from benchmarks.screen.tenants import settle

    words = Words()
    with scratch_database():
        tenant_ids = make_tenants()
        for number, tenant_id in enumerate(tenant_ids):
            fill(tenant_id, words, options.documents if number == 0 else options.documents // 500)
        settle()
        print(told_size(tenant_ids[0]))
        for block in range(1, BLOCKS + 1):
            print(f"Block {block}, {machine()}")
            if measure(tenant_ids[0], words, options.rounds):
                return 0
    return 1


class Words:
    """What people and events are called: syllables, the same each time."""

    def __init__(self) -> None:
        self.chance = random.Random(4)
        self.first = sorted({self._word(2) for _ in range(300)}, key=lambda _: self.chance.random())
        self.last = sorted({self._word(3) for _ in range(4_000)}, key=lambda _: self.chance.random())
        self.plain = [each.lower() for each in sorted({self._word(3) for _ in range(6_000)})]
        self.chance.shuffle(self.plain)

    def _word(self, syllables: int) -> str:
        made = [self.chance.choice(STARTS) + self.chance.choice("aeiouøå") for _ in range(syllables)]
        return ("".join(made) + self.chance.choice("nrlsk")).capitalize()


def make_tenants() -> list[int]:
    from config.tenancy.scopes import support_scope
    from licences.models import Tenant

    with support_scope("the benchmark makes tenants"):
        made = Tenant.objects.bulk_create(
            Tenant(
                company_name=f"Fjordlys Handel {number} AS",
                serial_number=f"{3_000_000_000 + number}",
                subscription=Tenant.Subscription.MODULE_BASED,
                database_type="PostgreSQL 18",
                product_version="Console 11.2",
                language="nb",
            )
            for number in range(TENANTS)
        )
    return [tenant.pk for tenant in made]


def fill(tenant_id: int, words: Words, documents: int) -> None:
    """Users and events, written by the tenant's role, chunk by chunk; their triggers index them."""
    from config.tenancy.scopes import tenant_scope

    users = documents * USERS_OF_TEN // 10
    for sql, count in ((USERS, users), (EVENTS, documents - users)):
        for numbers in batched(range(1, count + 1), CHUNK, strict=False):
            with tenant_scope(tenant_id), connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = '10min'")
                cursor.execute("SELECT setseed(%s)", [numbers[0] // CHUNK / 1_000])
                values = {"first": words.first, "last": words.last, "words": words.plain, "tenant": tenant_id}
                cursor.execute(sql, values | {"from": numbers[0], "until": numbers[-1]})


def told_size(tenant_id: int) -> str:
    from config.tenancy.scopes import support_scope

    with support_scope("the benchmark counts"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE tenant_id = %s), count(*), (SELECT count(*) FROM notifications_searchword), "
            "pg_total_relation_size('notifications_searchdocument'), "
            "pg_total_relation_size('notifications_searchword') "
            "FROM notifications_searchdocument",
            [tenant_id],
        )
        own, documents, places, *sizes = cursor.fetchone()
    return f"{own:,} documents of {documents:,}, {places:,} words in them, {sum(sizes) / 1e9:.1f} GB"


def searches(words: Words) -> dict[str, Callable[[], str]]:
    """What is typed, by kind of search."""
    chance, first, last, plain = words.chance, words.first, words.last, words.plain

    def name() -> str:
        return f"{first[int(300 * chance.random() ** 2) % len(first)]} {last[int(3_000 * chance.random() ** 3)]}"

    return {
        "one word": lambda: chance.choice([*last, *plain]),
        "2 letters": lambda: chance.choice(last)[:2],
        "3 letters": lambda: chance.choice([*first, *last, *plain])[:3],
        "first and last name": name,
        "two common names": lambda: f"{chance.choice(first[:20])} {chance.choice(last[:20])}",
        "name and half of another": lambda: f"{chance.choice(first)} {chance.choice(last)[:2]}",
        "rare": lambda: f"person{chance.randrange(1, 10_000)}",
        "very common": lambda: chance.choice(VERY_COMMON),
        "two very common": lambda: " ".join(chance.sample(VERY_COMMON, 2)),
        "common and rare": lambda: f"import {chance.choice(plain)}",
        "three words": lambda: f"{chance.choice(first[:30])} {chance.choice(last[:30])} nordlys",
        "no hit": lambda: f"{chance.choice(last)}zq",
    }


def measure(tenant_id: int, words: Words, rounds: int) -> bool:
    from config.tenancy.scopes import tenant_scope
    from licences.models import Tenant
    from notifications.reports.search import SearchQuery, search

    seconds: dict[str, list[float]] = {}
    found: dict[str, list[int]] = {}
    typed = searches(words)
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.get(pk=tenant_id)
        for number in range(rounds + 3):
            for kind, text in typed.items():
                query = SearchQuery(text())
                began = time.perf_counter()
                groups = search(tenant, query, sees_all=True)
                if number >= 3:
                    seconds.setdefault(kind, []).append(time.perf_counter() - began)
                    found.setdefault(kind, []).append(sum(group.count for group in groups))
    for kind, taken in seconds.items():
        print(f"  {kind:<26}{told(taken)}   found {statistics.median(found[kind]):>6.0f}")
    everything = [each for taken in seconds.values() for each in taken]
    held = percentile(everything, 95) <= BUDGET_SECONDS
    print(
        f"{'holds' if held else 'BROKEN'}: all {len(everything)} searches {told(everything)}; budget for 95 % "
        f"{1000 * BUDGET_SECONDS:.0f} ms"
    )
    sys.stdout.flush()
    return held


def told(seconds: list[float]) -> str:
    return ", ".join(f"{each} % {1000 * percentile(seconds, each):6.1f} ms" for each in (50, 95, 99))


def percentile(seconds: list[float], part: int) -> float:
    return statistics.quantiles(seconds, n=100)[part - 1]


if __name__ == "__main__":
    sys.exit(main())
