"""Starting the counter regeneration from the tab."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from config.tenancy.scopes import identity_scope
from licences.models import User
from notifications.models import Job, SystemEvent
from tests.conftest import ClientOf
from tests.factories import SystemEventFactory, scope_of
from tests.pages import element, names, text

pytestmark = pytest.mark.django_db

ACT = reverse("notifications:regenerate")


def events_of(user: User) -> list[SystemEvent]:
    with scope_of(user):
        return list(SystemEvent.objects.all())


def test_it_starts_for_the_administrators_tenant_and_shows_the_event(administrator: User, client_of: ClientOf) -> None:
    response = client_of(administrator).post(ACT)

    (event,) = events_of(administrator)
    assert (event.key, event.status, event.activated_by_id) == ("ROURebuild", "queued", administrator.pk)
    assert response.status_code == 302
    assert response["Location"] == reverse("notifications:event", args=[event.pk])
    with scope_of(administrator):
        assert Job.objects.get().event_id == event.pk


def test_htmx_follows_to_the_panel_with_the_new_row(administrator: User, client_of: ClientOf) -> None:
    response = client_of(administrator).post(ACT, headers={"HX-Request": "true", "HX-Target": "panel"}, follow=True)

    assert names(response, "events") == ["SAINT: counters and status monitors"]
    assert "Queued" in text(element(response, "events"))
    assert not response.content.lstrip().startswith(b"<!doctype")


def test_while_it_runs_a_second_start_says_so(administrator: User, client_of: ClientOf) -> None:
    SystemEventFactory(tenant=administrator.tenant, key="ROURebuild")

    response = client_of(administrator).post(ACT, follow=True)

    assert len(events_of(administrator)) == 1
    assert "The counters are being regenerated already." in text(element(response, "messages"))


def test_members_start_nothing(member: User, client_of: ClientOf) -> None:
    assert client_of(member).post(ACT).status_code == 403
    assert events_of(member) == []


def test_strangers_start_nothing(client: Client) -> None:
    response = client.post(ACT)

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


def test_looking_at_the_address_starts_nothing(administrator: User, client_of: ClientOf) -> None:
    assert client_of(administrator).get(ACT).status_code == 405
    assert events_of(administrator) == []


def test_without_its_forms_token_it_is_refused(administrator: User) -> None:
    client = Client(enforce_csrf_checks=True)
    with identity_scope():
        client.force_login(administrator, backend=settings.AUTHENTICATION_BACKENDS[0])

    response = client.post(ACT)

    assert response.status_code == 403
    assert events_of(administrator) == []
