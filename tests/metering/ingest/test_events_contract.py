"""Batches as the document describes them, of services that there are: what is said to count is what is stored."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as runs
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.schemas import BaseSchema

from licences.models import Tenant
from metering.models import EventKey, MeteredService, UncountedEvent, UsageEvent, UsageMonth
from tests.factories import scope_of
from tests.licences.api.test_contract import described, expect_answers_to_events
from tests.metering.ingest.conftest import Sender
from tests.metering.sending import SOURCE
from tests.proof import PROOF

__all__ = ["described"]

pytestmark = pytest.mark.django_db

EXAMPLES = 500 if PROOF else 25
SERVICES = st.sampled_from(["emails", "emails", "storage", "unheard-of"])
SOURCES = st.sampled_from([SOURCE] * 9 + ["https://other.example"])


def made_ours(event: Any, data: st.DataObject) -> Any:
    """The event as a back end of ours might send it, in most parts of it."""
    if not isinstance(event, dict):
        return event
    time = timezone.now() - timedelta(seconds=data.draw(st.integers(-600, 40 * 24 * 3_600)))
    ours = event | {"source": data.draw(SOURCES), "type": data.draw(SERVICES)}
    if data.draw(st.integers(0, 9)):
        ours["time"] = time.isoformat()
    if data.draw(st.booleans()):
        ours["id"] = data.draw(st.sampled_from("abcde"))
    return ours


def counted(tenant: Tenant) -> tuple[int, int, int]:
    """By the events, by their keys and by the months."""
    with scope_of(tenant):
        return (
            UsageEvent.objects.count(),
            EventKey.objects.count(),
            sum(UsageMonth.objects.values_list("events", flat=True)),
        )


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_what_is_said_to_count_is_what_is_stored(
    mode: GenerationMode,
    described: BaseSchema,
    sender: Sender,
    metered: Tenant,
    emails: MeteredService,
    storage: MeteredService,
) -> None:
    expect_answers_to_events(described)
    told: Counter[str] = Counter()
    operation = described["/api/v1/events"]["post"]

    @runs(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def ask(case: schemathesis.Case, data: st.DataObject) -> None:
        if mode is GenerationMode.POSITIVE:
            one = made_ours(case.body, data)
            case.body = [made_ours(each, data) for each in case.body] if isinstance(case.body, list) else one
        response = case.call_and_validate(headers={"Authorization": f"Bearer {sender.token}"})
        if response.status_code in (200, 207):
            told.update(result["status"] for result in response.json()["results"])

    ask()

    assert counted(metered) == (told["accepted"],) * 3
    assert told["accepted"] > 0 or mode is GenerationMode.NEGATIVE
    with scope_of(metered):
        noted = sum(UncountedEvent.objects.values_list("times", flat=True))
    assert noted >= told["conflict"] + told["rejected"]
