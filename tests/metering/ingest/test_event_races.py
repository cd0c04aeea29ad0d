"""In whatever order, however often and by however many at once events are sent: what they come to is the same."""

import random
from collections import Counter
from functools import partial

import pytest
import time_machine
from hypothesis import HealthCheck, given
from hypothesis import settings as runs
from hypothesis import strategies as st
from pytest_django import Settings

from licences.models import Tenant
from metering.models import MeteredService, UncountedEvent, UsageAlert, UsageEvent, UsageMonth
from metering.services.allowances import open_months, settle_all
from metering.services.ingest import Outcome, Status
from tests.factories import TenantFactory, scope_of
from tests.metering.ingest.conftest import SenderOf
from tests.metering.ingest.world import (
    MOST,
    NOW,
    Use,
    assert_days_are_what_their_events_say,
    expected,
    make_services,
    some_batches,
    some_uses,
    stored,
)
from tests.metering.sending import event, send
from tests.proof import PROOF
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = 200 if PROOF else 5
USES = 120 if PROOF else 40
PAIRS = 1_000 if PROOF else 60
ROUNDS = 40 if PROOF else 4
SENDERS = 16 if PROOF else 6
REQUESTS = 15


@pytest.fixture
def services(transactional_db: None) -> dict[str, MeteredService]:
    return make_services()


def send_all(tenant: Tenant, batches: list[list[Use]]) -> Counter[tuple[str, Status]]:
    """One after the other; how often each event became what."""
    became: Counter[tuple[str, Status]] = Counter()
    for batch in batches:
        outcomes = send(tenant, [use.written() for use in batch])
        became.update((outcome.event_id, outcome.status) for outcome in outcomes)
    return became


@runs(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), senders=st.integers(1, 5), is_open=st.booleans())
def test_order_repeats_batches_and_senders_change_nothing(
    seed: int, senders: int, is_open: bool, services: dict[str, MeteredService]
) -> None:
    chance = random.Random(seed)
    tenant = TenantFactory()
    uses = some_uses(chance, USES)
    batches = some_batches(chance, uses)
    with time_machine.travel(NOW, tick=False):
        if is_open:
            open_months()
        told = at_once([partial(send_all, tenant, batches[sender::senders]) for sender in range(senders)])
        settle_all()

    assert [each for each in told if isinstance(each, Exception)] == []
    became = sum(told, Counter[tuple[str, Status]]())
    sent = Counter(use.event_id for batch in batches for use in batch)
    assert {event_id: became[event_id, Status.ACCEPTED] for event_id in sent} == dict.fromkeys(sent, 1)
    assert became.total() == sent.total() == sum(became[key] for key in became if key[1] != Status.CONFLICT)
    assert stored(tenant) == expected(uses, tenant, services)
    assert_days_are_what_their_events_say(tenant)


def test_batches_that_overlap_in_opposite_orders_never_wait_for_each_other_in_a_circle(
    services: dict[str, MeteredService],
) -> None:
    """In months that have just begun, so that each batch settles as well; some of every batch is refused."""
    with time_machine.travel(NOW, tick=False):
        for _round in range(ROUNDS):
            tenant = TenantFactory()
            open_months()
            mine = [Use(f"{code}-{place}", code, NOW, MOST / 10) for place in range(8) for code in services]
            refused = [event(f"none-{place}", "unheard-of", time=NOW) for place in range(8)]

            def sending(sender: int, tenant: Tenant = tenant, mine: list[Use] = mine) -> list[Outcome]:
                own = mine[sender % 3 :: 1 + sender % 4]  # only some services in each
                both = [*[use.written() for use in own], *refused]  # noqa: B023 - the same in every round
                return send(tenant, both if sender % 2 else both[::-1])

            told = at_once([partial(sending, sender) for sender in range(SENDERS)])

            assert [each for each in told if isinstance(each, Exception)] == []
            sent = {use for sender in range(SENDERS) for use in mine[sender % 3 :: 1 + sender % 4]}
            assert stored(tenant) == expected(list(sent), tenant, services)
            with scope_of(tenant):
                assert list(UncountedEvent.objects.values_list("times", flat=True)) == [SENDERS] * 8


def test_of_two_events_with_one_id_one_counts_and_the_other_is_told(services: dict[str, MeteredService]) -> None:
    tenant = TenantFactory()
    pairs = [[event(str(pair), "mails", time=NOW, quantity=1 + which) for pair in range(PAIRS)] for which in (0, 1)]
    parts = [pairs[sender % 2][part :: SENDERS // 2] for part in range(SENDERS // 2) for sender in (0, 1)]

    with time_machine.travel(NOW, tick=False):
        told = at_once([partial(send, tenant, part) for part in parts])

    became = Counter(outcome.status for outcomes in told for outcome in outcomes)
    assert became == {Status.ACCEPTED: PAIRS, Status.CONFLICT: PAIRS}
    with scope_of(tenant):
        assert UsageEvent.objects.values("event_id").distinct().count() == UsageEvent.objects.count() == PAIRS
        assert UncountedEvent.objects.filter(kind="conflict").count() == PAIRS
        assert UsageMonth.objects.get().used == sum(UsageEvent.objects.values_list("quantity", flat=True))


def test_an_alert_is_given_once_however_many_cross_its_line_at_once(services: dict[str, MeteredService]) -> None:
    tenant = TenantFactory()
    uses = [Use(str(number), "mails", NOW, MOST / 10) for number in range(25)]

    def send_one_by_one(sender: int) -> Counter[tuple[str, Status]]:
        return send_all(tenant, [[use] for use in (uses[sender:] + uses[:sender])])

    with time_machine.travel(NOW, tick=False):
        told = at_once([partial(send_one_by_one, sender) for sender in range(SENDERS)])

    became = sum(told, Counter[tuple[str, Status]]())
    assert Counter(status for _, status in became.elements())[Status.ACCEPTED] == len(uses)
    with scope_of(tenant):
        alerts = list(UsageAlert.objects.order_by("threshold").values_list("threshold", "used"))
    assert alerts == [(50, 500), (85, 900), (100, 1_000), (150, 1_500), (200, 2_000)]


def test_of_twice_as_many_requests_as_may_be_half_are_taken(
    services: dict[str, MeteredService], sender_of: SenderOf, settings: Settings
) -> None:
    settings.API_REQUESTS_PER_MINUTE = REQUESTS
    tenant = TenantFactory()
    sender = sender_of(tenant)

    def call(number: int) -> tuple[int, bool]:
        response = sender.send([event(str(number), "mails", time=NOW)])
        return response.status_code, "Retry-After" in response

    with time_machine.travel(NOW, tick=False):
        answers = at_once([partial(call, number) for number in range(2 * REQUESTS)])

    assert Counter(answers) == {(200, False): REQUESTS, (429, True): REQUESTS}
    with scope_of(tenant):
        assert UsageEvent.objects.count() == UsageMonth.objects.get().total == REQUESTS
