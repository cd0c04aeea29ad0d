"""Killed anywhere, a batch has counted nothing, and counts once when it comes again. Source: metering rules R2."""

import json
import random

import pytest
import time_machine

from metering.models import MeteredService, UncountedEvent
from metering.services.allowances import settle_all
from tests.factories import TenantFactory, scope_of
from tests.metering.ingest.world import (
    NOW,
    assert_days_are_what_their_events_say,
    expected,
    make_services,
    some_batches,
    some_uses,
    stored,
)
from tests.metering.sending import event
from tests.mortal import run_apart
from tests.proof import PROOF

pytestmark = pytest.mark.django_db(transaction=True)

USES, WORLDS = (200, 8) if PROOF else (16, 1)
LEAST_DEATHS = 3
"""Of a batch that says nothing new: before it asks for services, before it counts, and before it commits."""


@pytest.fixture
def services(transactional_db: None) -> dict[str, MeteredService]:
    return make_services()


@pytest.mark.parametrize("seed", range(WORLDS))
def test_killed_before_any_statement_a_batch_counts_once(seed: int, services: dict[str, MeteredService]) -> None:
    chance, tenant = random.Random(seed), TenantFactory()
    uses = some_uses(chance, USES)
    batches = [[use.written() for use in batch] for batch in some_batches(chance, uses)]
    for place, batch in enumerate(batches):
        batch.append(event(f"refused-{place}", "unknown", time=NOW))

    deaths = json.loads(run_apart("tests.metering.ingest.dying", tenant.pk, given=json.dumps(batches)))

    with time_machine.travel(NOW, tick=False):
        settle_all()
    assert len(deaths) == len(batches)
    assert min(deaths) >= LEAST_DEATHS
    assert stored(tenant) == expected(uses, tenant, services)
    assert_days_are_what_their_events_say(tenant)
    with scope_of(tenant):
        assert set(UncountedEvent.objects.values_list("event_id", "times")) == {
            (f"refused-{place}", 1) for place in range(len(batches))
        }
