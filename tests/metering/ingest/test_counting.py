"""Usage events are counted once, in the day and the month of their time, or it is said why not."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from licences.models import Tenant
from metering.events import Reason
from metering.models import MeteredService, UncountedEvent, UsageDay, UsageEvent, UsageMonth
from metering.services.ingest import Status
from tests.factories import scope_of
from tests.metering.sending import event, send


def test_an_event_is_counted_in_its_day_and_month(metered: Tenant, emails: MeteredService) -> None:
    now = timezone.now()

    (outcome,) = send(metered, [event("a", time=now, quantity="12.5")])

    assert outcome.status == Status.ACCEPTED
    with scope_of(metered):
        assert UsageEvent.objects.get().quantity == Decimal("12.5")
        assert UsageDay.objects.get().quantity == Decimal("12.5")
        month = UsageMonth.objects.get()
    assert (month.used, month.events, month.allowance) == (Decimal("12.5"), 1, 500)


def test_what_comes_again_counts_once(metered: Tenant, emails: MeteredService) -> None:
    now = timezone.now()
    send(metered, [event("a", time=now)])

    outcomes = send(metered, [event("a", time=now), event("a", time=now, quantity=2), event("b", time=now)])

    assert [outcome.status for outcome in outcomes] == [Status.DUPLICATE, Status.CONFLICT, Status.ACCEPTED]
    with scope_of(metered):
        assert UsageMonth.objects.get().used == 2
        assert UncountedEvent.objects.get().reason == Reason.ID_REUSED


def test_a_gauge_counts_its_highest_value(metered: Tenant, storage: MeteredService) -> None:
    now = timezone.now()

    send(metered, [event("a", "storage", time=now, quantity=7), event("b", "storage", quantity=5)])
    send(metered, [event("c", "storage", time=now - timedelta(seconds=1), quantity=6)])

    with scope_of(metered):
        month = UsageMonth.objects.get()
    assert (month.used, month.last_quantity, month.events) == (7, 5, 3)


def test_ids_and_subjects_are_kept_as_they_were_sent(metered: Tenant, emails: MeteredService) -> None:
    now = timezone.now()
    texts = [
        '"',
        "\\",
        '\\"',
        "{a,b}",
        "NULL",
        "null",
        " ",
        ",",
        "a\nb\tc",
        "\x01",
        "æ ☃ 𝄞",
        "%(tenant)s",
        "'; --",
        "x" * 200,
    ]

    outcomes = send(metered, [event(text, time=now, subject=text[::-1]) for text in texts])

    assert {outcome.status for outcome in outcomes} == {Status.ACCEPTED}
    with scope_of(metered):
        stored = dict(UsageEvent.objects.values_list("event_id", "subject"))
    assert stored == {text: text[::-1] for text in texts}
