"""An alert is given when so much of a month's allowance is used, exactly and once."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from licences.models import Tenant
from metering.models import MeteredService, UsageAlert, UsageMonth
from metering.rating import THRESHOLDS
from metering.services.allowances import settle_all
from tests.factories import MeteredServiceFactory, TariffFactory, scope_of
from tests.licences.seats import holder, plan
from tests.metering.ingest.world import NOW
from tests.metering.sending import event, send

JUST = Decimal("0.000001")


def use(tenant: Tenant, *quantities: Decimal | int, service: str = "emails", at: str = "") -> None:
    """Each in a batch of its own."""
    with time_machine.travel(NOW, tick=False):
        for place, quantity in enumerate(quantities):
            send(tenant, [event(f"{at}{place}", service, time=NOW, quantity=quantity)])


def alerts(tenant: Tenant) -> list[tuple[int, Decimal, Decimal, int]]:
    with scope_of(tenant):
        given = UsageAlert.objects.order_by("threshold")
        return list(given.values_list("threshold", "used", "allowance", "users"))


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_it_is_given_at_the_line_and_not_before(threshold: int, metered: Tenant, emails: MeteredService) -> None:
    line = Decimal(500) * threshold / 100

    use(metered, line - JUST)
    before = [alert[0] for alert in alerts(metered)]
    use(metered, JUST, at="more-")

    assert before == [lower for lower in THRESHOLDS if lower < threshold]
    assert alerts(metered)[-1] == (threshold, line, Decimal(500), 0)


def test_several_lines_may_be_crossed_at_once(metered: Tenant, emails: MeteredService) -> None:
    use(metered, 750)

    assert [alert[:2] for alert in alerts(metered)] == [(line, 750) for line in (50, 85, 100, 150)]


def test_each_line_is_told_once_a_month_with_what_was_used_then(metered: Tenant, emails: MeteredService) -> None:
    use(metered, 250, 1, 1, 300, 1)

    assert [alert[:2] for alert in alerts(metered)] == [(50, 250), (85, 552), (100, 552)]


def test_the_next_month_begins_anew(metered: Tenant, emails: MeteredService) -> None:
    before = NOW - timedelta(days=30)

    with time_machine.travel(NOW, tick=False):
        send(metered, [event("a", time=before, quantity=250), event("b", time=NOW, quantity=249)])
        send(metered, [event("c", time=NOW, quantity=1)])

    with scope_of(metered):
        given = list(UsageAlert.objects.order_by("month").values_list("month__month", "threshold", "used"))
    assert given == [(10, 50, 250), (11, 50, 250)]


@pytest.mark.parametrize(("quantity", "given"), [(Decimal(0), []), (JUST, [100]), (Decimal(10_000), [100])])
def test_where_nothing_is_included_the_first_unit_is_over(
    quantity: Decimal, given: Sequence[int], metered: Tenant
) -> None:
    service = MeteredServiceFactory(code="logins")
    TariffFactory(service=service, allowance_base=0, allowance_per_user=0)

    use(metered, quantity, service="logins")

    assert [alert[0] for alert in alerts(metered)] == given


def test_without_a_tariff_there_is_no_line(metered: Tenant) -> None:
    MeteredServiceFactory(code="logins")

    use(metered, 10_000, service="logins")

    assert alerts(metered) == []
    with scope_of(metered):
        assert UsageMonth.objects.get().allowance is None


def test_a_tariff_in_another_currency_is_none(metered: Tenant) -> None:
    service = MeteredServiceFactory(code="logins")
    TariffFactory(service=service, currency="NOK")

    use(metered, 10_000, service="logins")

    assert alerts(metered) == []


def test_a_gauge_crosses_by_its_highest_value(metered: Tenant, storage: MeteredService) -> None:
    use(metered, 4, 9, 5, 9, service="storage")

    assert [alert[:3] for alert in alerts(metered)] == [(50, 9, 10), (85, 9, 10)]


def test_an_allowance_grows_with_the_users_and_is_told_as_it_was(metered: Tenant, emails: MeteredService) -> None:
    licence = plan(metered, total=50)
    for _ in range(25):
        holder(licence)

    use(metered, 500)
    use(metered, 500, at="more-")

    assert alerts(metered) == [(50, 500, 1_000, 25), (85, 1_000, 1_000, 25), (100, 1_000, 1_000, 25)]


def test_a_line_is_crossed_too_when_a_tariff_comes_that_it_belongs_to(metered: Tenant) -> None:
    service = MeteredServiceFactory(code="logins")
    use(metered, 600, service="logins")
    TariffFactory(service=service)

    with time_machine.travel(NOW, tick=False):
        settle_all()
        settle_all()

    assert [alert[:3] for alert in alerts(metered)] == [(line, 600, 500) for line in (50, 85, 100)]
