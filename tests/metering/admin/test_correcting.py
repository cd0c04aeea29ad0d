"""Corrections in Django admin: what comes of one is shown first."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.tenancy.scopes import support_scope
from licences.models import Tenant, User
from metering.models import Correction, MeteredService, UsageEvent, UsageMonth
from tests.conftest import ClientOf
from tests.factories import scope_of
from tests.metering.sending import event, send


@pytest.fixture
def support_client(client_of: ClientOf, support: User) -> Client:
    return client_of(support)


@pytest.fixture
def sent(metered: Tenant, emails: MeteredService) -> UsageEvent:
    send(metered, [event("newsletter-7", time=timezone.now(), quantity=620)])
    with scope_of(metered):
        return UsageEvent.objects.get()


def month_of(tenant: Tenant) -> UsageMonth:
    with scope_of(tenant):
        return UsageMonth.objects.get()


def test_an_event_is_taken_out_once_its_effect_was_seen(
    support_client: Client, sent: UsageEvent, metered: Tenant
) -> None:
    address = reverse("admin:metering_usageevent_void", args=[sent.pk])

    page = support_client.get(address)
    assert "EUR\u00a05.00" in page.text
    assert month_of(metered).used == 620
    response = support_client.post(address, {"reason": "A test mailing"}, follow=True)

    assert month_of(metered).used == 0
    assert "Out of the count since" in response.text
    assert address not in response.text
    with support_scope("a test looks"):
        assert LogEntry.objects.get().object_id == str(sent.pk)


def test_without_a_reason_nothing_is_taken_out(support_client: Client, sent: UsageEvent, metered: Tenant) -> None:
    response = support_client.post(reverse("admin:metering_usageevent_void", args=[sent.pk]), {"reason": " "})

    assert response.status_code == 422
    assert month_of(metered).used == 620


def test_whoever_takes_it_out_again_is_told(support_client: Client, sent: UsageEvent, metered: Tenant) -> None:
    address = reverse("admin:metering_usageevent_void", args=[sent.pk])
    support_client.post(address, {"reason": "A test mailing"})

    for answer in (
        support_client.get(address, follow=True),
        support_client.post(address, {"reason": "x"}, follow=True),
    ):
        assert "The event is out of the count already." in answer.text
    with scope_of(metered):
        assert Correction.objects.count() == 1


def test_a_month_is_adjusted_once_the_effect_of_that_number_was_seen(
    support_client: Client, sent: UsageEvent, metered: Tenant
) -> None:
    address = reverse("admin:metering_usagemonth_adjust", args=[month_of(metered).pk])
    data = {"quantity": "-120.5", "reason": "Agreed in R-000012"}

    page = support_client.post(address, data)
    assert (page.status_code, "EUR\u00a05.00" in page.text) == (200, True)
    assert month_of(metered).used == 620
    other = support_client.post(address, data | {"quantity": "-1", "seen": "-120.5", "confirm": "Adjust"})
    assert (other.status_code, month_of(metered).used) == (200, 620)
    response = support_client.post(address, data | {"seen": "-120.5", "confirm": "Adjust"})

    assert response.status_code == 302
    assert month_of(metered).used == Decimal("499.5")


@pytest.mark.parametrize("quantity", ["0", "x", "", "1e20", "0.0000001"])
def test_a_number_that_means_nothing_is_refused(
    quantity: str, support_client: Client, sent: UsageEvent, metered: Tenant
) -> None:
    address = reverse("admin:metering_usagemonth_adjust", args=[month_of(metered).pk])

    response = support_client.post(address, {"quantity": quantity, "reason": "x", "seen": quantity, "confirm": "1"})

    assert response.status_code == 422
    assert "quantity" in response.context["form"].errors


def test_the_page_of_an_event_tells_its_way(support_client: Client, sent: UsageEvent, metered: Tenant) -> None:
    send(metered, [event("newsletter-7", time=timezone.now() - timedelta(hours=1), quantity=5)])

    page = support_client.get(reverse("admin:metering_usageevent_change", args=[sent.pk]))

    assert "Counted for E-mails" in page.text
    assert "On no invoice yet." in page.text
    assert "Sent with the same ID and not counted" in page.text
