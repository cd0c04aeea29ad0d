"""`python -m benchmarks.ingest`: how many usage events a second are counted over the API, from 4 clients at once.

Beside it, in the same run, 4 connections write as many events into the same tables as the tenant's role, each batch
by one INSERT … ON CONFLICT with psycopg, without looking at what they say. The budgets: half of that at 1,000
events in a batch; 10,000 events a second at 100 and 15,000 at 1,000; 80 ms for 99 of 100 batches of 100; a batch that
comes again no slower than the first time; and memory that does not grow over 1,000,000 events. What answers is what
`make run` starts, as in production: two web processes with two threads each, and the worker beside them. For the
throughput clients do not pause; for the 99 % they pause 50 ms. Each client is a source with a token of its own. The
machine may have other things to do, and all connections may have come to one of the processes, so the best of three
blocks counts, each with connections of its own; all are printed. In the end what was counted is compared with what was
accepted.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.entitlements import console, make_token
from benchmarks.ingest.senders import Api, Bare, Batch, Events
from tests.config.supervised import Supervised

CLIENTS, BLOCKS = 4, 3
PAUSE_SECONDS = 0.05
TENANT, SCOPE = "1000000001", "events:write"
LEAST = {1: 0, 100: 10_000, 1_000: 15_000}
"""Events a second, by the size of a batch."""
BATCHES = {1: 250, 100: 100, 1_000: 25}
"""Of each client in a block."""
LEAST_RATIO, RATIO_AT = 0.5, 1_000
P99_SECONDS, P99_AT = 0.080, 100
MOST_GROWTH = 1.15
AGAIN = 1.1
"""A batch that comes again may take so many times as long: what two runs of the same differ by."""

WRONG = """
SELECT (SELECT sum(events) FROM metering_usagemonth), (SELECT sum(events) FROM metering_usageday),
    (SELECT count(*) FROM metering_usageevent), (SELECT count(*) FROM metering_eventkey)
"""


@dataclass(slots=True)
class Measured:
    """How long each batch took, and how long all of them together."""

    seconds: list[float]
    lasted: float
    size: int

    @property
    def per_second(self) -> float:
        return len(self.seconds) * self.size / self.lasted

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.seconds, n=100)[98]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000, help="over which the memory is watched")
    asked = parser.parse_args()
    with console(API_REQUESTS_PER_MINUTE=1_000_000) as run:
        sources = [f"https://client-{number}.example" for number in range(CLIENTS)]
        clients = [Api(run, source, make_token(run, source, tenant=TENANT, scope=SCOPE)) for source in sources]
        with run.database() as database:
            database.execute("SET ROLE licences_support")
            services = dict(database.execute("SELECT code, id FROM metering_meteredservice").fetchall())
            tenant = database.execute("SELECT id FROM licences_tenant WHERE serial_number = %s", [TENANT]).fetchone()
        assert tenant
        events, bare = Events(services), [Bare(run, source, tenant[0]) for source in sources]
        measure(clients, events, 100, 20)
        verdicts = [held_at(size, clients, bare, events) for size in LEAST]
        verdicts += [answers_in_time(clients, events), comes_again(clients, events, 100)]
        verdicts += [comes_again(clients, events, 1_000), stays_small(run, clients, events, asked.events), adds_up(run)]
        return 0 if all(verdicts) else 1


def measure(
    senders: Sequence[Api | Bare],
    events: Events,
    size: int,
    batches: int,
    *,
    pause: float = 0,
    prepared: list[list[Batch]] | None = None,
) -> Measured:
    """All send at once, each so many batches that were made before."""
    ready = prepared or [[events.batch(sender.source, size) for _ in range(batches)] for sender in senders]

    def one(sender: Api | Bare, mine: list[Batch]) -> list[float]:
        sender.begin()
        taken = []
        for batch in mine:
            began = time.perf_counter()
            sender.send(batch)
            taken.append(time.perf_counter() - began)
            time.sleep(pause)
        return taken

    began = time.monotonic()
    with ThreadPoolExecutor(len(senders)) as threads:
        seconds = [each for part in threads.map(one, senders, ready) for each in part]
    return Measured(seconds, time.monotonic() - began, size)


def held_at(size: int, clients: list[Api], bare: list[Bare], events: Events) -> bool:
    """Whether one of the blocks kept the budget of this size."""
    ratio_wanted = LEAST_RATIO if size == RATIO_AT else 0
    for block in range(1, BLOCKS + 1):
        beside = measure(bare, events, size, BATCHES[size])
        over = measure(clients, events, size, BATCHES[size])
        ratio = over.per_second / beside.per_second
        held = over.per_second >= LEAST[size] and ratio >= ratio_wanted
        say(
            held,
            f"batches of {size}, block {block}: {over.per_second:,.0f} events a second (at least {LEAST[size]:,}), "
            f"bare {beside.per_second:,.0f}, ratio {ratio:.2f} (at least {ratio_wanted}); "
            f"median {1000 * statistics.median(over.seconds):.1f} ms, 99 % {1000 * over.p99:.1f} ms",
        )
        if held:
            return True
    return False


def answers_in_time(clients: list[Api], events: Events) -> bool:
    for block in range(1, BLOCKS + 1):
        paused = measure(clients, events, P99_AT, 200, pause=PAUSE_SECONDS)
        held = paused.p99 <= P99_SECONDS
        say(held, f"batches of {P99_AT} with pauses, block {block}: 99 % {1000 * paused.p99:.1f} ms (at most 80)")
        if held:
            return True
    return False


def comes_again(clients: list[Api], events: Events, size: int) -> bool:
    """Whether batches that were counted are answered no slower when they come again."""
    ratios = []
    for block in range(1, BLOCKS + 1):
        ready = [[events.batch(client.source, size) for _ in range(BATCHES[size])] for client in clients]
        first = measure(clients, events, size, BATCHES[size], prepared=ready)
        again = measure(clients, events, size, BATCHES[size], prepared=ready)
        ratios.append(again.lasted / first.lasted)
        held = ratios[-1] <= AGAIN
        say(
            held,
            f"batches of {size} that come again, block {block}: {ratios[-1]:.2f} of the first time (at most {AGAIN})",
        )
        if held:
            return True
    return False


def stays_small(run: Supervised, clients: list[Api], events: Events, total: int) -> bool:
    """Whether the web processes are as large after so many events as they were after the first tenth."""
    tenth = max(1, total // CLIENTS // 1_000 // 10)
    sizes, accepted = [], 0
    for _ in range(10):
        accepted += tenth * CLIENTS * 1_000
        done = measure(clients, events, 1_000, tenth)
        sizes.append(web_memory(run))
        print(f"  {accepted:,} events, {done.per_second:,.0f} a second, web processes {sizes[-1] / 2**20:.0f} MiB")
    growth = sizes[-1] / sizes[0]
    return say(
        growth <= MOST_GROWTH, f"memory after {accepted:,} events: {growth:.2f} of the first (at most {MOST_GROWTH})"
    )


def web_memory(run: Supervised) -> int:
    web = run.named("granian")
    return sum(process.memory_info().rss for process in [web, *web.children(recursive=True)])


def adds_up(run: Supervised) -> bool:
    with run.database() as database:
        database.execute("SET ROLE licences_support")
        numbers = database.execute(WRONG).fetchone() or ()
    return say(len(set(map(int, numbers))) == 1, f"events by month, by day, stored, claimed: {numbers}")


def say(held: bool, what: str) -> bool:
    print(f"{'holds' if held else 'BROKEN'}: {what}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    sys.stdout.flush()
    return held


if __name__ == "__main__":
    sys.exit(main())
