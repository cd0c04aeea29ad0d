"""What is sent, and who sends it: a client of the API, or a connection that writes the same rows itself."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import count
from uuid import uuid4

from tests.config.supervised import Supervised

SERVICES = ("mailing-emails", "customer-centre-logins", "chat-sessions", "form-submissions")
BARE = """
WITH sent AS (
    SELECT *, date_trunc('month', day)::date AS month
    FROM unnest(%(keys)s::uuid[], %(ids)s::text[], %(services)s::bigint[], %(days)s::date[], %(times)s::timestamptz[],
        %(quantities)s::numeric[]) AS sent (key, event_id, service_id, day, time, quantity)
), claimed AS (
    INSERT INTO metering_eventkey (tenant_id, key, payload, service_id, day, time)
    SELECT %(tenant)s, key, key, service_id, day, time FROM sent ON CONFLICT (tenant_id, key) DO NOTHING RETURNING key
), counted AS (
    SELECT sent.* FROM sent JOIN claimed USING (key)
), stored AS (
    INSERT INTO metering_usageevent (tenant_id, service_id, day, time, key, source, event_id, subject, quantity,
        received_at, edition)
    SELECT %(tenant)s, service_id, day, time, key, %(source)s, event_id, '', quantity, now(), 0 FROM counted
), days AS (
    INSERT INTO metering_usageday AS was (tenant_id, service_id, day, source, edition, quantity, events, digest)
    SELECT %(tenant)s, service_id, day, %(source)s, 0, sum(quantity), count(*), '' FROM counted
    GROUP BY service_id, day ORDER BY service_id, day
    ON CONFLICT (tenant_id, service_id, day, source, edition)
        DO UPDATE SET quantity = was.quantity + excluded.quantity, events = was.events + excluded.events
)
INSERT INTO metering_usagemonth AS was
    (tenant_id, service_id, month, rated_by, users, adjusted, edition, has_late, total, events)
SELECT %(tenant)s, service_id, month, 'total', 0, 0, 0, false, sum(quantity), count(*) FROM counted
GROUP BY service_id, month ORDER BY service_id, month
ON CONFLICT (tenant_id, service_id, month)
    DO UPDATE SET total = was.total + excluded.total, events = was.events + excluded.events
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Ready to be sent: over the API, or as arrays."""

    body: bytes
    rows: dict[str, list[object]]


class Events:
    """Events that nobody has sent yet, of the last hours."""

    def __init__(self, services: dict[str, int]) -> None:
        self.services = services
        self.numbers = count()
        self.run = uuid4().hex[:12]

    def batch(self, source: str, size: int) -> Batch:
        now = datetime.now(UTC)
        rows: dict[str, list[object]] = {
            name: [] for name in ("keys", "ids", "services", "days", "times", "quantities")
        }
        events = []
        for number in (next(self.numbers) for _ in range(size)):
            service = SERVICES[number % len(SERVICES)]
            at = now - timedelta(seconds=number % 7200)
            name = f"{self.run}-{number:010}"
            for row, value in zip(
                rows.values(), (uuid4(), name, self.services[service], at.date(), at, number % 5 + 1), strict=True
            ):
                row.append(value)
            events.append(
                {
                    "specversion": "1.0",
                    "id": name,
                    "source": source,
                    "type": service,
                    "time": at.isoformat(),
                    "data": {"quantity": number % 5 + 1},
                }
            )
        return Batch(json.dumps(events).encode(), rows)


class Api:
    """One client: a source with its token, on a connection that stays open while it is measured."""

    def __init__(self, run: Supervised, source: str, token: str) -> None:
        port = int(run.environ["PORT"])
        self.source, self.connection = source, HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {
            "Host": f"localhost:{port}",
            "Authorization": f"Bearer {token}",
            "X-Forwarded-Proto": "https",
            "Content-Type": "application/cloudevents-batch+json",
        }

    def begin(self) -> None:
        """On a new connection: the kernel chooses the process that has it to its end."""
        self.connection.close()

    def send(self, batch: Batch) -> bytes:
        self.connection.request("POST", "/api/v1/events", batch.body, self.headers)
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise SystemExit(f"{response.status}: {body[:500]!r}")
        return body


class Bare:
    """One connection: a transaction of the tenant's with the bare statement in it."""

    def __init__(self, run: Supervised, source: str, tenant: int) -> None:
        self.source, self.tenant, self.connection = source, tenant, run.database()
        self.connection.execute("SET ROLE licences_app")

    def begin(self) -> None:
        """On the same connection: each has a process of its own."""

    def send(self, batch: Batch) -> None:
        with self.connection.transaction():
            self.connection.execute("SELECT set_config('app.tenant_id', %s, true)", [str(self.tenant)])
            self.connection.execute(BARE, batch.rows | {"tenant": self.tenant, "source": self.source})
