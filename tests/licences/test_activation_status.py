"""What each owner's tab, and Status, say of the licence: dates, what waits, what came by itself, the server's words."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from licences.models import Licence, LicenceOwner, LicenceSet, ServerAnswer, User
from tests.conftest import ClientOf
from tests.factories import (
    LicenceFactory,
    LicenceOwnerFactory,
    SeatFactory,
    ServerAnswerFactory,
    scope_of,
)
from tests.licences.waiting import receive
from tests.pages import element, facts, named, text, walk

pytestmark = pytest.mark.django_db

TAB, STATUS, ACTIVATION = (reverse(f"licences:{name}") for name in ("superoffice", "status", "activation"))
UP_TO_DATE = "Your licence is up to date."


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


@pytest.fixture
def plan(administrator: User) -> Licence:
    """Ten seats, of which the administrator and somebody else hold one each."""
    with scope_of(administrator):
        licence = Licence.objects.select_related("type__owner", "tenant").get(tenant=administrator.tenant)
    SeatFactory(licence=licence)
    return licence


@pytest.fixture
def vendor(administrator: User) -> LicenceOwner:
    return LicenceOwnerFactory(vendor=True)


def lines(response: HttpResponse) -> dict[str, str]:
    """What is said in the status lines, and where each leads."""
    said = {}
    for thing in walk(element(response, "panel")):
        if "status-line" in dict(thing.attributes).get("class", "").split():
            (link,) = named(thing, "a") or [None]
            said[text(thing)] = dict(link.attributes)["href"] if link else ""
    return said


def test_without_news_the_licence_is_up_to_date(client: Client) -> None:
    assert lines(client.get(TAB)) == {UP_TO_DATE: ""}


def test_a_set_that_waits_leads_to_its_activation(client: Client, plan: Licence) -> None:
    receive(plan.tenant, {plan.type: 1})

    assert lines(client.get(TAB)) == lines(client.get(STATUS)) == {"Activate new licence": ACTIVATION}


def test_a_set_that_came_by_itself_leads_to_what_it_changed(client: Client, plan: Licence) -> None:
    receive(plan.tenant, {plan.type: 5})

    assert lines(client.get(TAB)) == {"New licence activated": ACTIVATION}
    assert "-5" in text(element(client.get(ACTIVATION), "main"))


@pytest.mark.parametrize(("days", "is_told"), [(30, True), (31, False)])
def test_that_it_came_by_itself_is_told_for_30_days(client: Client, plan: Licence, days: int, is_told: bool) -> None:
    activated = receive(plan.tenant, {plan.type: 5})
    with scope_of(plan):
        when = timezone.now() - timedelta(days=days)
        LicenceSet.objects.filter(pk=activated.pk).update(activated_at=when)

    assert ("New licence activated" in lines(client.get(TAB))) is is_told


def test_the_first_set_of_all_is_no_news(client: Client, plan: Licence) -> None:
    kind = LicenceFactory.build(type__owner=LicenceOwnerFactory()).type
    first = LicenceFactory(tenant=plan.tenant, type__owner=kind.owner).licence_set
    with scope_of(plan):
        LicenceSet.objects.filter(pk=first.pk).update(activated_by_itself=True, activated_at=timezone.now())

    response = client.get(reverse("licences:owner", args=[kind.owner.code]))

    assert lines(response) == {UP_TO_DATE: ""}


def test_what_an_administrator_activated_is_no_news(client: Client, plan: Licence) -> None:
    activated = receive(plan.tenant, {plan.type: 5})
    with scope_of(plan):
        LicenceSet.objects.filter(pk=activated.pk).update(activated_by_itself=False)

    assert lines(client.get(TAB)) == {UP_TO_DATE: ""}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("ok", UP_TO_DATE),
        ("new_licence_activated", UP_TO_DATE),
        ("new_licence_available", "A new licence is available."),
        ("new_company_name_available", "The licence server has a new company name for you."),
        ("new_serial_available", "The licence server has a new serial number for you."),
        ("problem_with_licence", "The licence server reports a problem with your licence."),
        ("unknown_error", "The licence server could not be asked."),
    ],
)
def test_every_word_of_the_server_has_its_line(
    client: Client, administrator: User, vendor: LicenceOwner, status: str, said: str
) -> None:
    ServerAnswerFactory(tenant=administrator.tenant, owner=vendor, status=status)

    assert lines(client.get(TAB)) == {said: ""}


def test_a_message_of_the_server_is_a_link_where_it_has_an_address(
    client: Client, administrator: User, vendor: LicenceOwner
) -> None:
    ServerAnswerFactory(
        tenant=administrator.tenant,
        owner=vendor,
        status=ServerAnswer.Status.MESSAGE_AND_URL,
        message="Your invoice is due.",
        url="https://vendor.example/invoice",
    )

    assert lines(client.get(TAB)) == {"Your invoice is due.": "https://vendor.example/invoice"}


def test_an_address_that_is_none_is_no_link(client: Client, administrator: User, vendor: LicenceOwner) -> None:
    ServerAnswerFactory(
        tenant=administrator.tenant,
        owner=vendor,
        status=ServerAnswer.Status.MESSAGE_AND_URL,
        message="Read this.",
        url="javascript:alert(1)",
    )

    assert lines(client.get(TAB)) == {"Read this.": ""}


def test_that_one_is_available_goes_without_saying_while_it_waits(
    client: Client, plan: Licence, vendor: LicenceOwner
) -> None:
    receive(plan.tenant, {plan.type: 1})
    ServerAnswerFactory(tenant=plan.tenant, owner=vendor, status=ServerAnswer.Status.NEW_LICENCE)

    assert list(lines(client.get(TAB))) == ["Activate new licence"]


def test_what_the_server_had_is_no_news_once_it_has_been_activated(
    client: Client, plan: Licence, vendor: LicenceOwner
) -> None:
    ServerAnswerFactory(tenant=plan.tenant, owner=vendor, status=ServerAnswer.Status.NEW_LICENCE)

    receive(plan.tenant, {plan.type: 20})

    assert list(lines(client.get(TAB))) == ["New licence activated"]


def test_an_expired_licence_is_told_before_the_one_that_waits(client: Client, plan: Licence) -> None:
    receive(plan.tenant, {plan.type: 1})
    yesterday = plan.tenant.today - timedelta(days=1)
    with scope_of(plan):
        LicenceSet.objects.active().filter(tenant=plan.tenant).update(
            warn_from_on=yesterday, expires_on=yesterday, grace_until_on=yesterday + timedelta(days=9)
        )

    assert list(lines(client.get(TAB))) == [str(LicenceSet.Standing.EXPIRED.label), "Activate new licence"]


def test_members_are_told_nothing_of_what_waits_or_what_the_server_said(
    plan: Licence, member: User, vendor: LicenceOwner, client_of: ClientOf
) -> None:
    receive(plan.tenant, {plan.type: 1})
    ServerAnswerFactory(tenant=plan.tenant, owner=vendor, status=ServerAnswer.Status.PROBLEM)
    client = client_of(member)

    assert lines(client.get(TAB)) == lines(client.get(STATUS)) == {UP_TO_DATE: ""}


def test_each_owner_has_its_own_line_on_status(client: Client, administrator: User) -> None:
    owner = LicenceOwnerFactory(name="Tindekart")
    theirs = LicenceFactory(tenant=administrator.tenant, type__owner=owner)
    SeatFactory.create_batch(2, licence=theirs)
    receive(administrator.tenant, {theirs.type: 1})

    said = facts(client.get(STATUS))["Licence status"]

    assert said.index(UP_TO_DATE) < said.index("Tindekart") < said.index("Activate new licence")


def test_another_owners_news_are_not_told_on_ones_own_tab(client: Client, administrator: User) -> None:
    theirs = LicenceFactory(tenant=administrator.tenant, type__owner=LicenceOwnerFactory())
    SeatFactory.create_batch(2, licence=theirs)
    receive(administrator.tenant, {theirs.type: 1})

    assert lines(client.get(TAB)) == {UP_TO_DATE: ""}
