"""Whatever is killed or flushed while actions are committed and their mail is sent: each arrives, and a second copy can
be told."""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from config.processes import Children
from config.tenancy.scopes import support_scope
from licences.models import Tenant
from notifications.models import OutboxEntry
from tests.config.supervised import scratch_directory
from tests.factories import TenantFactory
from tests.notifications.mail.server import MailServer, mail_server
from tests.notifications.processes import Console, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

PROOF = bool(os.environ.get("PROOF"))
ACTIONS = 2000 if PROOF else 60
BROKER_KILLS, FLUSHES, WORKER_KILLS = (15, 3, 10) if PROOF else (2, 1, 1)


@pytest.fixture
def post_office() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return TenantFactory()


@pytest.fixture
def console(tenant: Tenant, post_office: MailServer) -> Iterator[Console]:
    """Broker, worker and beat, and somebody who acts."""
    with scratch_directory() as directory, Children(directory) as children:
        console = Console(
            children,
            directory,
            scripts={"actions": "tests.notifications.mail.acting"},
            EMAIL_URL=post_office.url,
            ACTS_FOR=str(tenant.pk),
            ACTIONS=str(ACTIONS),
            DJANGO_SETTINGS_MODULE="config.settings",
        )
        console.start("broker", "worker", "beat")
        yield console
        console.end()
        print(console.logs())  # noqa: T201 - shown when the test fails


def count(**of: object) -> int:
    with support_scope("a test counts", routine=True):
        return OutboxEntry.objects.filter(**of).count()


def let_leases_expire() -> None:
    """A minute passes, for what a dead worker held."""
    with support_scope("a test lets time pass", routine=True):
        held = OutboxEntry.objects.filter(state="open", attempts__gt=0)
        held.update(lease_until=None, due_at="2026-01-01T00:00Z")


def kill_broker(console: Console) -> None:
    console.kill("broker")
    console.start("broker")


def flush_broker(console: Console) -> None:
    with console.broker() as broker:
        broker.flushall()


def kill_worker(console: Console) -> None:
    console.kill("worker")
    let_leases_expire()
    console.start("worker")


def faults() -> list[Callable[[Console], None]]:
    """In an order that is another one each time."""
    mixed = [kill_broker] * BROKER_KILLS + [flush_broker] * FLUSHES + [kill_worker] * WORKER_KILLS
    random.shuffle(mixed)
    return mixed


def test_no_mail_is_lost_and_none_doubled_whatever_is_killed(console: Console, post_office: MailServer) -> None:
    console.start("actions")
    for number, disturb in enumerate(order := faults(), start=1):
        reached = min(ACTIONS, number * ACTIONS // (len(order) + 1))
        wait_until(lambda: count() >= reached, f"{reached} actions", 180)  # noqa: B023 - called at once
        disturb(console)

    wait_until(lambda: count() == ACTIONS, "the last action", 300)
    wait_until(lambda: count(state="delivered") == ACTIONS, "the last mail", 300)

    arrived = Counter(letter["Message-ID"] for letter in post_office.letters)
    told = Counter(letter["Subject"] for letter in {each["Message-ID"]: each for each in post_office.letters}.values())
    second_copies = len(post_office.letters) - len(arrived)
    print(f"{ACTIONS} actions, {len(post_office.letters)} copies arrived, {second_copies} of them second ones")  # noqa: T201
    assert {
        "lost": ACTIONS - len(arrived),
        "doubled": sum(times - 1 for times in told.values()),
        "never done": len(told.keys() - {f"Action {number}" for number in range(ACTIONS)}),
    } == {"lost": 0, "doubled": 0, "never done": 0}
