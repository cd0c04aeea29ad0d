"""How usage reads in Django admin: names that say what a row is, numbers without idle zeros, times with their zone."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from config.tenancy.scopes import support_scope
from licences.models import Tenant, User
from metering.models import MeteredService
from tests.conftest import ClientOf
from tests.factories import (
    CorrectionFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    ProducerTotalFactory,
    RepeatDayFactory,
    TariffFactory,
    UncountedEventFactory,
    UsageAlertFactory,
    UsageDayFactory,
    UsageDifferenceFactory,
    UsageEventFactory,
    UsageMonthFactory,
)

EVENING = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)


@pytest.fixture
def support_client(client_of: ClientOf, support: User) -> Client:
    return client_of(support)


def test_a_row_is_called_by_what_it_is(metered: Tenant, emails: MeteredService) -> None:
    of = {"tenant": metered, "service": emails}
    with support_scope("a test reads"):
        names = [
            str(UsageMonthFactory(**of, month=OCTOBER)),
            str(UsageDayFactory(**of, day=OCTOBER)),
            str(UsageAlertFactory(**of, month=OCTOBER)),
            str(CorrectionFactory(**of, month=OCTOBER, quantity=Decimal("-20.500000"))),
            str(InvoiceLineFactory(**of, invoice=InvoiceFactory(tenant=metered, month=OCTOBER))),
            str(TariffFactory.build(service=emails, valid_from=OCTOBER)),
            str(ProducerTotalFactory(**of, day=OCTOBER)),
            str(RepeatDayFactory(**of, day=OCTOBER)),
            str(UsageDifferenceFactory(**of, day=OCTOBER)),
            str(UncountedEventFactory(tenant=metered, event_id="")),
        ]

    assert names == [
        "E-mails, October 2026",
        "E-mails, 1 Oct 2026",
        "E-mails, October 2026: 85 %",
        "E-mails, October 2026: −20.5",
        "E-mails, October 2026",
        "E-mails, EUR, from October 2026",
        "E-mails, 1 Oct 2026",
        "E-mails, 1 Oct 2026",
        "E-mails, 1 Oct 2026",
        "Refused",
    ]


def test_a_month_has_numbers_without_idle_zeros_and_says_what_was_used(
    support_client: Client, metered: Tenant, emails: MeteredService
) -> None:
    row = UsageMonthFactory(
        tenant=metered, service=emails, month=OCTOBER, total=Decimal(1424), adjusted=Decimal("-0.5")
    )

    page = support_client.get(reverse("admin:metering_usagemonth_change", args=[row.pk]))

    assert "1,423.5" in page.text
    assert "Oct\u00a02026" in page.text
    assert "00000" not in page.text.replace(metered.serial_number, "")


def test_a_time_says_its_zone_and_what_the_tenants_own_clock_said(
    support_client: Client, metered: Tenant, emails: MeteredService
) -> None:
    event = UsageEventFactory(tenant=metered, service=emails, time=EVENING, day=date(2026, 11, 1))

    in_list = support_client.get(reverse("admin:metering_usageevent_changelist"))
    page = support_client.get(reverse("admin:metering_usageevent_change", args=[event.pk]))

    utc = "31\u00a0Oct\u00a02026, 23:30\u00a0UTC"
    assert utc in in_list.text
    assert f"{utc} = 1\u00a0Nov\u00a02026, 00:30\u00a0Europe/Oslo" in page.text


def test_the_list_of_what_was_not_counted_says_why_in_words(support_client: Client, metered: Tenant) -> None:
    UncountedEventFactory(tenant=metered, reason="event-too-old", times=7_131)

    page = support_client.get(reverse("admin:metering_uncountedevent_changelist"))

    assert "It came too late: its time is more than 35 days ago." in page.text
    assert "7,131" in page.text
