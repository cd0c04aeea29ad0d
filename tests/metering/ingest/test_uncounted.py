"""What was not counted is kept one by one as long as that is of use to somebody, and for 100 days."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from licences.models import Tenant
from metering.events import MOST_EVENTS, Reason
from metering.models import MeteredService, UncountedEvent
from metering.services.uncounted import CHUNK, KEPT, MOST_A_DAY, forget_uncounted
from tests.factories import TenantFactory, scope_of
from tests.metering.ingest.world import NOW
from tests.metering.sending import event, send

pytestmark = pytest.mark.django_db

NEXT_DAY = NOW + timedelta(days=1)


def run_wild(tenant: Tenant, name: str, *, times: int = 1) -> None:
    """Each time as many events of a service that there is not, as one request may have."""
    for number in range(times):
        send(tenant, [event(f"{name}{number}-{at}", "sms", time=timezone.now()) for at in range(MOST_EVENTS)])


def kept(tenant: Tenant) -> int:
    with scope_of(tenant):
        return UncountedEvent.objects.filter(tenant=tenant).count()


def test_whoever_runs_wild_fills_a_day_and_no_more_and_all_of_it_is_forgotten(
    metered: Tenant, emails: MeteredService
) -> None:
    other = TenantFactory()
    with time_machine.travel(NOW, tick=False):
        run_wild(metered, "a", times=MOST_A_DAY // MOST_EVENTS)
        assert kept(metered) == MOST_A_DAY > CHUNK

        run_wild(metered, "b", times=2)
        outcomes = send(metered, [event("c", time=NOW, quantity=-1), event("d", "sms", time=NOW)])
        send(other, [event("e", "sms", time=NOW)])

    assert [outcome.reason for outcome in outcomes] == [Reason.INVALID_QUANTITY, Reason.UNKNOWN_SERVICE]
    with scope_of(metered):
        others = UncountedEvent.objects.filter(source="").order_by("times")
        told = [(each.reason, each.event_id, each.service_code, each.time, each.times) for each in others]
    assert told == [("invalid-quantity", "", "", "", 1), ("unknown-service", "", "", "", 2 * MOST_EVENTS + 1)]
    assert (kept(metered), kept(other)) == (MOST_A_DAY + 2, 1)

    with time_machine.travel(NEXT_DAY, tick=False):
        send(metered, [event("f", "sms", time=NEXT_DAY)])
    assert kept(metered) == MOST_A_DAY + 3
    assert forget_uncounted(NOW + KEPT) == 0
    assert forget_uncounted(NEXT_DAY + KEPT) == MOST_A_DAY + 3
    assert (kept(metered), kept(other)) == (1, 0)
