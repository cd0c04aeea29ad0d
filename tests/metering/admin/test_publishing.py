"""Publishing a tariff in Django admin: typed, looked at, published."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.tenancy.scopes import support_scope
from licences.models import User
from metering.models import MeteredService, RatedBy, Tariff
from metering.reports.gauges import averages
from metering.reports.previews.tariff import TariffPreview, tariff_preview
from tests.conftest import ClientOf
from tests.factories import TariffFactory, TenantFactory, UsageMonthFactory, scope_of
from tests.metering.sending import event, send

PUBLISH = "admin:metering_tariff_publish"
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)


@pytest.fixture(autouse=True)
def _in_november() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def support_client(client_of: ClientOf, support: User) -> Client:
    return client_of(support)


def typed(service: MeteredService, **other: str) -> dict[str, str]:
    return {
        "service": str(service.pk),
        "currency": "EUR",
        "valid_from": "2027-01",
        "rated_by": "total",
        "base": "500",
        "per_user": "20",
        "steps": "",
        "block_size": "100",
        "price": "2.75",
    } | other


def look(client: Client, data: dict[str, str]) -> Any:
    return client.post(reverse(PUBLISH), data)


def confirm(client: Client, data: dict[str, str]) -> Any:
    seen = look(client, data).context["seen"]
    return client.post(reverse(PUBLISH), data | {"publish": "Publish", "seen": seen})


def test_what_was_looked_at_is_published_and_noted(support_client: Client, emails: MeteredService) -> None:
    assert look(support_client, typed(emails)).status_code == 200
    assert Tariff.objects.count() == 1

    response = confirm(support_client, typed(emails))

    tariff = Tariff.objects.get(valid_from=date(2027, 1, 1))
    assert response.url == reverse("admin:metering_tariff_change", args=[tariff.pk])
    assert (tariff.currency, tariff.price_minor, tariff.is_demo) == ("EUR", 275, False)
    with support_scope("a test looks"):
        assert LogEntry.objects.get().object_id == str(tariff.pk)


def test_what_was_changed_after_the_look_is_looked_at_again(support_client: Client, emails: MeteredService) -> None:
    seen = look(support_client, typed(emails)).context["seen"]

    response = support_client.post(reverse(PUBLISH), typed(emails, price="275") | {"publish": "Publish", "seen": seen})

    assert response.status_code == 200
    assert Tariff.objects.count() == 1


def test_steps_are_written_as_lines(support_client: Client, emails: MeteredService) -> None:
    data = typed(emails, base="", per_user="", steps="0: 500\r\n\r\n11 : 2000.5\r\n")

    confirm(support_client, data)

    tariff = Tariff.objects.get(valid_from=date(2027, 1, 1))
    assert tariff.allowance_steps == [[0, "500"], [11, "2000.5"]]
    shown = support_client.get(reverse("admin:metering_tariff_change", args=[tariff.pk]))
    assert "2,000.5 from 11 users" in shown.text


def test_the_look_shows_what_holds_until_then_beside_the_new(support_client: Client, emails: MeteredService) -> None:
    TariffFactory(service=emails, valid_from=date(2026, 12, 1), price_minor=Decimal(260))
    TariffFactory(service=emails, valid_from=date(2028, 1, 1), price_minor=Decimal(999))

    page = look(support_client, typed(emails))

    assert page.context["compared"][-2:] == [
        ("Size of a block", f"100 {emails.unit}", f"100 {emails.unit}"),
        ("Price of a block", "EUR\u00a02.60", "EUR\u00a02.75"),
    ]
    assert "Since December 2026" in page.text
    assert f"{emails.name} ({emails.unit})</option>" in page.text


def test_where_nobody_pays_the_look_says_so(support_client: Client, emails: MeteredService) -> None:
    TariffFactory(currency="DKK")

    page = look(support_client, typed(emails, currency="DKK"))

    assert "Nobody pays in DKK for this service, so nobody&#x27;s invoice changes." in page.text.replace("'", "&#x27;")
    assert "No tariff yet" in page.text


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("valid_from", "2026-12-01", "Type a month like 2027-01."),
        ("valid_from", "2026-11", "That month has begun. December 2026 is the first that has not."),
        ("currency", "XXX", "XXX is not one of the available choices."),
        ("currency", "", "This field is required."),
        ("rated_by", "peak", "Of what is counted the sum counts"),
        ("steps", "0: 1\n5: 2", "Either steps"),
        ("steps", "five: 1", "is not like"),
        ("block_size", "0", "A block is more than nothing."),
        ("price", "-1", "greater than or equal to 0"),
        ("price", "0.0000001", "no more than 6 decimal places"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    field: str, value: str, says: str, support_client: Client, emails: MeteredService
) -> None:
    response = look(support_client, typed(emails, **{field: value}))

    assert response.status_code == 422
    assert says in " ".join(response.context["form"].errors[field])
    assert not response.context.get("preview")


def test_steps_that_fall_are_refused(support_client: Client, emails: MeteredService) -> None:
    response = look(support_client, typed(emails, base="", per_user="", steps="0: 5\n5: 4"))

    assert "never have less" in response.context["form"].errors["steps"][0]


def test_a_month_that_has_a_tariff_is_refused(support_client: Client, emails: MeteredService) -> None:
    seen = look(support_client, typed(emails)).context["seen"]
    TariffFactory(service=emails, valid_from=date(2027, 1, 1))

    response = support_client.post(reverse(PUBLISH), typed(emails) | {"publish": "Publish", "seen": seen})

    assert response.status_code == 422
    assert "There is a tariff from that month on" in response.text


def test_a_later_version_starts_from_what_is_there(support_client: Client, emails: MeteredService) -> None:
    tariff = Tariff.objects.get()

    response = support_client.get(reverse(PUBLISH), {"like": str(tariff.pk)})

    assert response.context["form"].initial | {"service": 0} == {
        "service": 0,
        "currency": "EUR",
        "valid_from": "2026-12",
        "rated_by": "total",
        "base": "500",
        "per_user": "20",
        "steps": "",
        "block_size": "100",
        "price": "2.50",
    }


@pytest.mark.parametrize(
    ("currency", "minor", "price"), [("EUR", "3000", "30.00"), ("EUR", "0.25", "0.0025"), ("JPY", "400", "400")]
)
def test_a_price_has_the_decimals_of_its_currency(
    currency: str, minor: str, price: str, support_client: Client
) -> None:
    tariff = TariffFactory(currency=currency, price_minor=Decimal(minor))

    response = support_client.get(reverse(PUBLISH), {"like": str(tariff.pk)})

    assert response.context["form"].initial["price"] == price


def test_the_currencies_are_those_of_tenants_and_of_tariffs(support_client: Client, emails: MeteredService) -> None:
    TenantFactory(currency="SEK")
    TariffFactory(service=emails, currency="NOK")

    page = support_client.get(reverse(PUBLISH))

    assert re.findall(r'<option value="([A-Z]{3})"', page.text) == ["EUR", "NOK", "SEK"]


def test_the_look_says_who_pays_how_much_more(support_client: Client, emails: MeteredService) -> None:
    UsageMonthFactory(tenant=TenantFactory(), service=emails, month=OCTOBER, tariff=Tariff.objects.get(), total=600)

    page = look(support_client, typed(emails, price="15"))

    assert "More: 1 · less: 0 · the same: 0" in page.text
    assert "EUR\u00a0+12.50" in page.text


class TestPreview:
    def test_it_says_who_pays_more_and_less_by_the_same_rating(self, emails: MeteredService) -> None:
        old = Tariff.objects.get()
        for used, users in [(100, 0), (620, 0), (700, 0), (2_000, 50)]:
            UsageMonthFactory(
                tenant=TenantFactory(), service=emails, month=OCTOBER, tariff=old, total=used, users=users
            )
        UsageMonthFactory(tenant=TenantFactory(currency="NOK"), service=emails, month=OCTOBER, total=9_999)
        UsageMonthFactory(tenant=TenantFactory(), service=emails, month=date(2026, 9, 1), total=9_999)

        found = seen(TariffFactory.build(service=emails, allowance_base=Decimal(600), allowance_per_user=Decimal(0)))

        assert found.month.first == OCTOBER
        assert (found.tenants, found.pay_more, found.pay_less, found.pay_the_same) == (4, 1, 2, 1)
        assert (found.before_minor, found.after_minor) == (500 + 500 + 1250, 250 + 250 + 3500)
        assert [each.difference_minor for each in found.largest] == [2250, -250, -250]

    def test_it_takes_as_many_queries_for_many_tenants(self, storage: MeteredService) -> None:
        tariff = TariffFactory.build(service=storage, rated_by=RatedBy.AVERAGE)
        UsageMonthFactory(tenant=TenantFactory(), service=storage, month=OCTOBER)
        for_one = queries(tariff)
        for _ in range(4):
            UsageMonthFactory(tenant=TenantFactory(), service=storage, month=OCTOBER)

        assert queries(tariff) == for_one

    def test_an_average_is_that_of_the_invoice(self, storage: MeteredService) -> None:
        tenant = TenantFactory()
        october = datetime(2026, 10, 10, tzinfo=UTC)
        with time_machine.travel(october, tick=False):
            send(
                tenant,
                [
                    event(f"{days}", "storage", time=october - timedelta(days=days), quantity=10 * days + 1)
                    for days in (0, 3, 12)
                ],
            )

        found = seen(TariffFactory.build(service=storage, rated_by=RatedBy.AVERAGE, allowance_base=Decimal(0)))

        with scope_of(tenant):
            row = tenant_month(tenant)
            ((_row, average),) = averages([row], at=NOW)
        assert found.largest[0].after.used == average


def tenant_month(tenant: Any) -> Any:
    from metering.models import UsageMonth

    return UsageMonth.objects.select_related("tenant").get(tenant=tenant, month=OCTOBER)


def seen(tariff: Tariff) -> TariffPreview:
    with support_scope("a test looks ahead"):
        return tariff_preview(tariff)


def queries(tariff: Tariff) -> int:
    with support_scope("a test counts"), CaptureQueriesContext(connection) as captured:
        tariff_preview(tariff)
    return len(captured)
