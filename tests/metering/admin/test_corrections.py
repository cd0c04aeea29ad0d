"""Corrections in Django admin: what comes of one is shown first."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.tenancy.scopes import support_scope
from licences.models import Tenant, User
from metering.models import Correction, MeteredService, UsageEvent, UsageMonth
from tests.conftest import ClientOf
from tests.factories import SuitePlanFactory, behind_the_policies, scope_of
from tests.metering.sending import event, send
from tests.threads import at_once


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


def confirmed(page: Any) -> dict[str, str]:
    """What the browser sends when the effect on the page is confirmed."""
    typed = page.context["form"].data
    said = {"quantity": typed["quantity"], "reason": typed["reason"], "confirm": "Adjust"}
    return said | {name: page.context[name] for name in ("seen", "state")}


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


def test_on_suite_it_is_said_that_no_invoice_is_to_come(
    support_client: Client, sent: UsageEvent, metered: Tenant
) -> None:
    with behind_the_policies():
        Tenant.objects.filter(pk=metered.pk).update(subscription="crm_suite", suite_plan=SuitePlanFactory())
        UsageMonth.objects.update(edition=1)

    page = support_client.get(reverse("admin:metering_usageevent_void", args=[sent.pk]))

    assert "None is to come for the difference of EUR\u00a0−5.00" in page.text


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
    other = support_client.post(address, confirmed(page) | {"quantity": "-1"})
    assert (other.status_code, month_of(metered).used) == (200, 620)
    response = support_client.post(address, confirmed(page))

    assert response.status_code == 302
    assert month_of(metered).used == Decimal("499.5")


def test_use_that_came_meanwhile_hinders_nobody(support_client: Client, sent: UsageEvent, metered: Tenant) -> None:
    address = reverse("admin:metering_usagemonth_adjust", args=[month_of(metered).pk])
    page = support_client.post(address, {"quantity": "-20", "reason": "Agreed"})
    send(metered, [event("newsletter-8", time=timezone.now(), quantity=1)])

    assert support_client.post(address, confirmed(page)).status_code == 302
    assert month_of(metered).used == 601


def test_a_correction_that_came_meanwhile_is_looked_at_first(
    support_client: Client, sent: UsageEvent, metered: Tenant
) -> None:
    address = reverse("admin:metering_usagemonth_adjust", args=[month_of(metered).pk])
    page = support_client.post(address, {"quantity": "-20", "reason": "Agreed"})
    support_client.post(address, confirmed(page))

    again = support_client.post(address, confirmed(page))
    assert "it was corrected or invoiced since you looked" in again.text
    assert month_of(metered).used == 600
    support_client.post(address, confirmed(again))
    assert month_of(metered).used == 580


@pytest.mark.django_db(transaction=True)
def test_a_double_click_adjusts_once(
    support_client: Client, client_of: ClientOf, support: User, sent: UsageEvent, metered: Tenant
) -> None:
    address = reverse("admin:metering_usagemonth_adjust", args=[month_of(metered).pk])
    page = support_client.post(address, {"quantity": "-20", "reason": "Agreed"})
    clients = [support_client, client_of(support)]

    answers = at_once([partial(client.post, address, confirmed(page)) for client in clients])

    assert sorted(answer.status_code for answer in answers) == [200, 302]
    assert month_of(metered).used == 600


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
