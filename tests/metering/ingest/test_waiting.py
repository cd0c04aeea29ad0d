"""Whoever counts locks in one order, so back ends and imports never wait for each other in a circle; and when somebody
does hold on to a month for too long, a back end is told to send again."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from threading import Event

import pytest
from django.db import connection
from django.http import HttpResponse
from django.utils import timezone

from licences.models import Tenant
from metering.models import MeteredService, UncountedEvent, UsageMonth
from metering.services.usage_import import Counts, UsageRow, import_usage
from tests.factories import MeteredServiceFactory, TariffFactory, scope_of
from tests.licences.api.conftest import problem
from tests.metering.ingest.conftest import Sender, statuses
from tests.metering.sending import SOURCE, event, send
from tests.proof import PROOF
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 40 if PROOF else 4
ROWS = 400
BACK_ENDS = 3


def imported(tenant: Tenant, name: str, now: str) -> Counts:
    """Rows of two services and three sources, in the order in which they hurt most; some are refused."""
    rows = []
    for line in range(ROWS):
        cells = {"id": f"{name}-{line}", "service": ("emails", "chats", "sms")[line % 3], "time": now, "quantity": "1"}
        rows.append(UsageRow(line, cells | {"source": ("c", "b", SOURCE)[line % 3]}))
    with scope_of(tenant):
        return import_usage(tenant, rows)


def test_an_import_and_back_ends_never_wait_for_each_other_in_a_circle(metered: Tenant, emails: MeteredService) -> None:
    TariffFactory(service=MeteredServiceFactory(code="chats"))
    now = timezone.now()

    for number in range(ROUNDS):
        events = [event(f"e{number}-{at}", ("chats", "emails", "sms")[at % 3], time=now) for at in range(ROWS // 2)]
        calls = [partial(send, metered, events[place:] + events[:place]) for place in range(BACK_ENDS)]
        answers = at_once([partial(imported, metered, str(number), now.isoformat()), *calls])
        assert [answer for answer in answers if isinstance(answer, Exception)] == []

    with scope_of(metered):
        assert sum(UsageMonth.objects.values_list("events", flat=True)) == ROUNDS * (267 + 134)


def sent_while_held(
    tenant: Tenant, model: type[UsageMonth | UncountedEvent], send_them: Callable[[], HttpResponse]
) -> HttpResponse:
    """The answer to a request that waits a tenth of a second for rows that somebody else has for longer."""
    is_held, is_answered = Event(), Event()

    def hold() -> None:
        with scope_of(tenant):
            list(model._default_manager.order_by("pk").select_for_update(no_key=True, of=("self",)))
            is_held.set()
            is_answered.wait(30)

    def ask() -> HttpResponse:
        is_held.wait(10)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        try:
            return send_them()
        finally:
            is_answered.set()

    nothing, answer = at_once([hold, ask])
    assert nothing is None
    return answer


@pytest.mark.parametrize("model", [UsageMonth, UncountedEvent])
def test_what_others_hold_for_too_long_is_to_be_sent_again(
    model: type[UsageMonth | UncountedEvent], sender: Sender, metered: Tenant, emails: MeteredService
) -> None:
    now = timezone.now()
    refused, new = event("y", "sms", time=now), event("a", time=now, quantity=7)
    sender.send([event("x", time=now), refused])

    response = sent_while_held(metered, model, lambda: sender.send([new, refused]))

    assert (response.status_code, problem(response), response["Retry-After"]) == (503, "try-again", "5")
    with scope_of(metered):
        assert UsageMonth.objects.get().used == Decimal(1)
        assert UncountedEvent.objects.get().times == 1
    assert statuses(sender.send([new, refused])) == ["accepted", "rejected"]
