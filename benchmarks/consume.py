"""`python -m benchmarks.consume`: how long “one more?” takes over the API while 8 clients reach for the same limit.

The budgets: 25 ms for 95 of 100 answers, and at least a quarter of the throughput of the bare conditional UPDATE, which
8 connections send with psycopg as the tenant's role to the same row in the same run. What answers is what `make run`
starts, on the demo's data, as in production, with the worker beside it. Each client has a token and a connection that
stays open, names each request with a key of its own as product back ends do, and pauses 50 ms between an answer and its
next question; so do the bare connections. The machine may have other things to do, so the best of three blocks counts;
all are printed. At the end the number is checked against what was allowed.
"""

import json
import os
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

from benchmarks.entitlements import BUDGET_SECONDS, CLIENTS, PAUSE_SECONDS, console, make_token
from tests.config.supervised import Supervised

LEAST_RATIO = 0.25
WARM_UP, CALLS, BLOCKS = 20, 200, 3
TENANT, CODE, SCOPE = "1000000002", "active-projects", "restrictions:write"

ROW = """
SELECT restriction.tenant_id, restriction.id FROM licences_restriction restriction
JOIN licences_tenant tenant ON tenant.id = restriction.tenant_id
JOIN licences_restrictiontype type ON type.id = restriction.type_id
WHERE tenant.serial_number = %s AND type.code = %s
"""
AGREE = """
INSERT INTO licences_limitoverride (tenant_id, restriction_id, "limit", starts_at, reason, set_at, set_by_name)
VALUES (%(tenant)s, %(row)s, 1000000, now(), 'Room for a benchmark', now(), 'benchmark')
"""
PUT_IN_FORCE = 'UPDATE licences_restriction SET "limit" = 1000000 WHERE id = %(row)s'
BARE = """
UPDATE licences_restriction SET used = used + 1
WHERE tenant_id = %(tenant)s AND id = %(row)s AND used + 1 <= "limit" RETURNING used, "limit"
"""
TAKE_BACK = "UPDATE licences_restriction SET used = used - %(count)s WHERE id = %(row)s"
WRONG = """
SELECT used, (SELECT sum(quantity) FROM licences_limitmovement WHERE restriction_id = %(row)s)
FROM licences_restriction WHERE id = %(row)s
"""


def main() -> int:
    with console() as run, run.database() as database:
        database.execute("SET ROLE licences_support")
        tenant, row = database.execute(ROW, [TENANT, CODE]).fetchone() or (0, 0)
        asked = {"tenant": tenant, "row": row}
        database.execute(AGREE, asked)
        database.execute(PUT_IN_FORCE, asked)
        tokens = [make_token(run, f"https://client-{n}.example", tenant=TENANT, scope=SCOPE) for n in range(CLIENTS)]
        api = [lambda calls, token=token: consume(run, token, calls) for token in tokens]
        bare = [lambda calls: update(run, asked, calls)] * CLIENTS
        measure(api, WARM_UP)
        held = False
        for block in range(1, BLOCKS + 1):
            bare_seconds, bare_lasted = measure(bare, CALLS)
            database.execute(TAKE_BACK, asked | {"count": len(bare_seconds)})
            seconds, lasted = measure(api, CALLS)
            tell(f"block {block}, bare UPDATE", bare_seconds, bare_lasted)
            tell(f"block {block}, over the API", seconds, lasted)
            if held := verdict(seconds, lasted, bare_seconds, bare_lasted):
                break
        used, moved = database.execute(WRONG, asked).fetchone() or (0, 0)
        print(f"in use {used}, sum of movements {moved}")
        return 0 if held and used == moved else 1


type Client = Callable[[int], list[float]]


def measure(clients: list[Client], calls: int) -> tuple[list[float], float]:
    """The time of every call, of all clients together, and how long all of it lasted."""
    began = time.monotonic()
    with ThreadPoolExecutor(len(clients)) as threads:
        taken = [each for part in threads.map(lambda client: client(calls), clients) for each in part]
    return taken, time.monotonic() - began


def consume(run: Supervised, token: str, calls: int) -> list[float]:
    """One client: from the moment it asks until it has the whole answer."""
    port = int(run.environ["PORT"])
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {
        "Host": f"localhost:{port}",
        "Authorization": f"Bearer {token}",
        "X-Forwarded-Proto": "https",
        "Content-Type": "application/json",
    }
    taken = []
    for _ in range(calls):
        began = time.perf_counter()
        key = {"Idempotency-Key": str(uuid.uuid4())}
        connection.request("POST", f"/api/v1/restrictions/{CODE}/consume", '{"quantity": 1}', headers | key)
        response = connection.getresponse()
        body = response.read()
        taken.append(time.perf_counter() - began)
        if response.status != 200 or not json.loads(body)["allowed"]:
            raise SystemExit(f"{response.status}: {body[:300]!r}")
        time.sleep(PAUSE_SECONDS)
    connection.close()
    return taken


def update(run: Supervised, asked: dict[str, int], calls: int) -> list[float]:
    """One connection: a transaction of the tenant's with the bare statement in it."""
    taken = []
    with run.database() as connection:
        connection.execute("SET ROLE licences_app")
        for _ in range(calls):
            began = time.perf_counter()
            with connection.transaction():
                connection.execute("SELECT set_config('app.tenant_id', %s, true)", [str(asked["tenant"])])
                allowed = connection.execute(BARE, asked).fetchone()
            taken.append(time.perf_counter() - began)
            if allowed is None:
                raise SystemExit("the bare UPDATE found no room")
            time.sleep(PAUSE_SECONDS)
    return taken


def tell(what: str, seconds: list[float], lasted: float) -> None:
    parts = statistics.quantiles(seconds, n=100)
    print(
        f"{what}: {len(seconds)} answers, {len(seconds) / lasted:.0f} a second; median {1000 * parts[49]:.1f} ms, "
        f"95 % {1000 * parts[94]:.1f} ms, 99 % {1000 * parts[98]:.1f} ms, longest {1000 * max(seconds):.1f} ms; "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )


def verdict(seconds: list[float], lasted: float, bare: list[float], bare_lasted: float) -> bool:
    p95 = statistics.quantiles(seconds, n=100)[94]
    ratio = (len(seconds) / lasted) / (len(bare) / bare_lasted)
    held = p95 <= BUDGET_SECONDS and ratio >= LEAST_RATIO
    print(
        f"{'holds' if held else 'BROKEN'}: 95 % {1000 * p95:.1f} ms, budget {1000 * BUDGET_SECONDS:.0f} ms; "
        f"throughput {ratio:.2f} of the bare UPDATE's, at least {LEAST_RATIO}"
    )
    sys.stdout.flush()
    return held


if __name__ == "__main__":
    sys.exit(main())
