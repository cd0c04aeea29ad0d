"""Every reason for which a change of users is refused, provoked through the pages and read there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from licences.models import Licence, Tenant, User
from licences.reports.change_words import SENTENCES
from licences.services.seating import Refusal
from tests.conftest import ClientOf
from tests.factories import HistoryHeadFactory, HoldFactory, LicenceFactory, SeatFactory, UserFactory
from tests.pages import element, text
from tests.routes import all_rows

pytestmark = pytest.mark.django_db


@dataclass
class Scene:
    """A tenant with a user, Kari Moe, and two plans; what is done to her, and what has become of the page meanwhile."""

    tenant: Tenant
    administrator: User
    kari: User
    sales: Licence
    service: Licence
    subject: User | None = None
    do: str = "assign"
    bulk: dict[str, Any] = field(default_factory=dict)
    single: dict[str, Any] = field(default_factory=dict)

    @property
    def user(self) -> User:
        return self.subject or self.kari


def unchanged(scene: Scene) -> None:
    scene.do, scene.single = "login-on", {"do": "login-on"}


def already_holds(scene: Scene) -> None:
    SeatFactory(licence=scene.sales, user=scene.kari)
    scene.bulk, scene.single = {"give": "sales"}, {"licence": "sales"}


def not_held(scene: Scene) -> None:
    scene.do, scene.bulk, scene.single = "take", {"take": "sales"}, {"was": "sales"}


def no_seat_left(scene: Scene) -> None:
    SeatFactory(licence=scene.sales)
    scene.bulk, scene.single = {"give": "sales"}, {"licence": "sales"}


def needs(scene: Scene) -> None:
    loose = LicenceFactory(tenant=scene.tenant, name="Map editor", type__name="Map editor")
    LicenceFactory(tenant=scene.tenant, name="Route planner", type__code="routes", type__prerequisite=loose.type)
    scene.bulk, scene.single = {"give": "routes"}, {"licence": "routes"}


def needed(scene: Scene) -> None:
    loose = LicenceFactory(tenant=scene.tenant, name="Map editor", type__code="maps")
    above = LicenceFactory(tenant=scene.tenant, name="Route planner", type__prerequisite=loose.type)
    for licence in (loose, above):
        SeatFactory(licence=licence, user=scene.kari)
    scene.do, scene.bulk, scene.single = "take", {"take": "maps"}, {"was": "maps"}


def open_work(scene: Scene) -> None:
    SeatFactory(licence=scene.sales, user=scene.kari)
    HoldFactory(user=scene.kari, reason="12 open requests")
    scene.do, scene.bulk, scene.single = "take", {"take": "sales"}, {"was": "sales"}


def former_employee(scene: Scene) -> None:
    scene.subject = UserFactory(tenant=scene.tenant, full_name="Kari Moe", can_log_in=False, left_at=timezone.now())
    scene.bulk, scene.single = {"give": "sales"}, {"licence": "sales"}


def last_administrator(scene: Scene) -> None:
    scene.subject = scene.administrator
    scene.do, scene.single = "leave", {"do": "leave"}


PROVOKED: dict[Refusal, tuple[Callable[[Scene], None], str, str]] = {
    Refusal.UNCHANGED: (
        unchanged,
        "Is so already: Kari Moe.",
        "Kari Moe is as you wanted it already.",
    ),
    Refusal.ALREADY_HOLDS: (already_holds, "Holds it already: Kari Moe.", "Kari Moe holds Sales Premium already."),
    Refusal.NOT_HELD: (not_held, "Does not hold it: Kari Moe.", "Kari Moe does not hold Sales Premium."),
    Refusal.NO_SEAT_LEFT: (no_seat_left, "No seat left: Kari Moe.", "No seat of Sales Premium is left."),
    Refusal.NEEDS: (
        needs,
        "Needs another licence first (Map editor): Kari Moe.",
        "A licence that you gave needs Map editor.",
    ),
    Refusal.NEEDED: (
        needed,
        "Is needed for another licence (Route planner): Kari Moe.",
        "Route planner, which Kari Moe holds, needs what you took.",
    ),
    Refusal.OPEN_WORK: (
        open_work,
        "Has open work (12 open requests): Kari Moe.",
        "Kari Moe has open work: 12 open requests.",
    ),
    Refusal.FORMER_EMPLOYEE: (
        former_employee,
        "Is a former employee: Kari Moe.",
        "Kari Moe is a former employee. Take them back first.",
    ),
    Refusal.LAST_ADMINISTRATOR: (
        last_administrator,
        "Is the last administrator who can log in: Olga Admin.",
        "Olga Admin is the last administrator who can log in.",
    ),
}
"""How to provoke it; what is said after a change of many; what is said on the user's own page."""

each_refusal = pytest.mark.parametrize("refusal", PROVOKED, ids=lambda refusal: refusal.value)


@pytest.fixture
def scene(db: None) -> Scene:
    sales = LicenceFactory(name="Sales Premium", type__plan=True, type__code="sales", total=1)
    tenant = sales.tenant
    service = LicenceFactory(tenant=tenant, name="Service Premium", type__plan=True, type__code="service")
    administrator = UserFactory(tenant=tenant, administrator=True, full_name="Olga Admin")
    SeatFactory(licence=service, user=administrator)
    return Scene(tenant, administrator, UserFactory(tenant=tenant, full_name="Kari Moe"), sales, service)


@pytest.fixture
def client(scene: Scene, client_of: ClientOf) -> Client:
    return client_of(scene.administrator)


@each_refusal
def test_a_change_of_many_says_why_not(refusal: Refusal, scene: Scene, client: Client) -> None:
    provoke, in_bulk, _single = PROVOKED[refusal]
    provoke(scene)

    sent = {"do": scene.do, "user": scene.user.pk, "count": 1} | scene.bulk
    response = client.post(reverse("licences:users_change"), sent, follow=True)

    assert text(element(response, "messages")) == f"Nothing was changed. {in_bulk}"


@each_refusal
def test_the_users_own_page_says_why_not_and_what_helps(refusal: Refusal, scene: Scene, client: Client) -> None:
    provoke, _in_bulk, on_page = PROVOKED[refusal]
    provoke(scene)
    HistoryHeadFactory(tenant=scene.tenant)  # whoever tries to change something locks it
    before = all_rows()

    response = client.post(reverse("licences:user", args=[scene.user.pk]), scene.single)

    assert response.status_code == 422
    assert "Nothing was changed." in text(element(response, "refused"))
    assert on_page in text(element(response, "refused"))
    assert all_rows() == before


def test_what_is_no_longer_given_to_users_cannot_be_chosen(scene: Scene, client: Client) -> None:
    """CANNOT_BE_ASSIGNED: the pages offer nothing of the kind, and take nothing of the kind."""
    LicenceFactory(tenant=scene.tenant, type__code="hidden", type__hidden=True)
    LicenceFactory(tenant=scene.tenant, type__code="system", type__system=True)

    for code in ("hidden", "system"):
        bulk = client.post(
            reverse("licences:users_change"), {"do": "assign", "user": scene.kari.pk, "count": 1, "give": code}
        )
        single = client.post(reverse("licences:user", args=[scene.kari.pk]), {"licence": code})

        assert (bulk.status_code, single.status_code) == (422, 422)
        assert "Choose the licence to give." in text(element(bulk, "main"))
        assert "A licence is no longer in force." in text(element(single, "refused"))


def test_every_refusal_is_provoked_here_and_has_a_sentence() -> None:
    assert PROVOKED.keys() == set(Refusal) - {Refusal.CANNOT_BE_ASSIGNED}
    assert SENTENCES.keys() == set(Refusal)
