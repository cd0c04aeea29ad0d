"""The search page: what it shows to whom, marked and escaped, and what it says when it has nothing to show."""

import pytest
from django.test import Client
from django.test.html import Element
from django.urls import reverse

from licences.models import Tenant, User
from notifications.event_kinds import Notice
from notifications.jobs.freetext_rebuild import FreetextRebuild
from notifications.models import Job, SystemEvent
from notifications.reports.search import FIRST, PER_PAGE
from tests.conftest import ClientOf
from tests.factories import (
    LicenceFactory,
    SeatFactory,
    SystemEventFactory,
    TenantFactory,
    UserFactory,
    UserGroupFactory,
    scope_of,
)
from tests.pages import element, fetch_part, named, text, walk

pytestmark = pytest.mark.django_db

SEARCH = reverse("notifications:search")
REBUILD = reverse("notifications:rebuild_index")


@pytest.fixture
def tenant(administrator: User) -> Tenant:
    return administrator.tenant


@pytest.fixture
def client(administrator: User, client_of: ClientOf) -> Client:
    return client_of(administrator)


def found(client: Client, **asked: str) -> Element:
    return element(client.get(SEARCH, asked), "found")


def marks(part: Element) -> list[str]:
    return [text(mark) for mark in named(part, "mark")]


def links(part: Element, within: str = "li") -> dict[str, str]:
    return {text(link): dict(link.attributes)["href"] for item in named(part, within) for link in named(item, "a")}


def test_what_fits_is_marked_and_leads_to_its_page(client: Client, tenant: Tenant) -> None:
    user = UserFactory(tenant=tenant, full_name="Gro Bjerkli", email="bjerkli@nordlys.example")
    event = SystemEventFactory(tenant=tenant, name="Import of Bjerkli")

    part = found(client, q="bjerk")

    assert links(part) == {
        "Gro Bjerkli": reverse("licences:user", args=[user.pk]),
        "Import of Bjerkli": reverse("notifications:event", args=[event.pk]),
    }
    assert marks(part) == ["Bjerkli", "bjerkli", "Bjerkli"]


def test_each_address_is_there(client: Client, tenant: Tenant) -> None:
    UserFactory(tenant=tenant, full_name="Find Berg")
    LicenceFactory(tenant=tenant, name="Find Premium")
    SystemEventFactory(tenant=tenant, name="Finding")

    addresses = links(found(client, q="find")).values()

    assert [client.get(address).status_code for address in addresses] == [200, 200, 200]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "<b>Bjerkli", "&amp; \"Bjerkli\" 'quoted'"])
def test_nothing_that_somebody_wrote_becomes_html(client: Client, tenant: Tenant, name: str) -> None:
    SystemEventFactory(tenant=tenant, name=name, message=name, description=name)

    part = found(client, q=name)

    (link,) = [link for item in named(part, "li") for link in named(item, "a")]
    assert "".join(text(link).split()) == "".join(name.split())
    assert not named(part, "script", "b")


def test_what_was_typed_stands_in_the_page_as_text(client: Client) -> None:
    response = client.get(SEARCH, {"q": "<i>nothing"})

    assert "Nothing fits “<i>nothing”" in text(element(response, "found"))
    assert not named(element(response, "found"), "i")


def test_members_find_no_users(member: User, client_of: ClientOf) -> None:
    UserFactory(tenant=member.tenant, full_name="Sales Berg")
    SystemEventFactory(tenant=member.tenant, name="Sales import")

    part = found(client_of(member), q="sales")

    assert list(links(part)) == ["Sales import"]
    assert "Users" not in text(part)
    assert links(found(client_of(member), q="sales", kind="user")) == {}


def test_a_visit_finds_what_administrators_find(support: User, administrator: User, client_of: ClientOf) -> None:
    client = client_of(support)
    session = client.session
    session["visited_tenant_id"] = administrator.tenant_id
    session.save()

    assert administrator.full_name in links(found(client, q=administrator.full_name))


def test_all_of_one_kind_is_a_page_away(client: Client, tenant: Tenant) -> None:
    UserFactory.create_batch(PER_PAGE + 1, tenant=tenant, full_name="Sales Berg")

    few = found(client, q="berg")
    (address,) = [link for label, link in links(few, "section").items() if label.startswith("All users")]
    all_of_them = element(client.get(SEARCH + address), "found")

    assert len(named(few, "mark")) >= FIRST
    assert "kind=user" in address
    assert (
        len([item for item in named(all_of_them, "li") if "hit" in str(dict(item.attributes).get("class"))]) == PER_PAGE
    )
    assert "page=2" in links(all_of_them)["Next"]
    assert dict(next(iter(named(all_of_them, "input"))).attributes)["value"] == "user"


def test_htmx_fetches_what_was_found_alone(client: Client, tenant: Tenant) -> None:
    UserFactory(tenant=tenant, full_name="Gro Bjerkli")

    part = fetch_part(client, f"{SEARCH}?q=bje", "found")

    assert part.content.lstrip().startswith(b'<div id="found"')
    assert marks(element(part, "found")) == ["Bjerkli"]


def test_an_empty_search_says_what_can_be_found(client: Client, member: User, client_of: ClientOf) -> None:
    assert "a user's name" in text(found(client))
    assert "a user's name" not in text(found(client_of(member)))


def test_nothing_that_fits_says_what_to_try(client: Client) -> None:
    part = found(client, q="zzz", kind="licence")

    assert "Nothing fits “zzz”" in text(part)
    assert links(part, "div")["Search everything"] == "?q=zzz"


def test_what_may_be_the_id_of_an_event_can_be_followed_by_whom_something_is_metered_for(
    client: Client, administrator: User, member: User, client_of: ClientOf
) -> None:
    suite = UserFactory(tenant=TenantFactory(suite=True), administrator=True)
    SeatFactory(user=suite, licence__type=suite.tenant.suite_plan.seat_licence)

    offered = links(found(client, q="mailing&1"), "p")
    for_others = [links(found(client_of(user), q="mailing&1"), "p") for user in (member, suite)]

    assert offered == {"Follow the event": reverse("metering:events", query={"id": "mailing&1"})}
    assert client.get(offered["Follow the event"]).context["shown"].query.event_id == "mailing&1"
    assert for_others == [{}, {}]


@pytest.mark.parametrize("scope", ["system", "group", "user"])
def test_while_it_is_switched_off_it_says_so_kindly(
    client: Client, administrator: User, member: User, client_of: ClientOf, scope: str
) -> None:
    group = UserGroupFactory(tenant=administrator.tenant, name="Sales")
    with scope_of(administrator):
        User.objects.filter(pk=administrator.pk).update(primary_group=group)
    owner = {"system": "", "group": "Sales", "user": administrator.login_id}[scope]
    notice = SystemEventFactory(
        tenant=administrator.tenant, key=Notice.NO_FREETEXT, scope=scope, owner=owner, description="Until noon."
    )

    part = found(client, q=administrator.full_name)

    assert "The search is switched off for now" in text(part)
    assert "Until noon." in text(part)
    assert links(part, "div")["Read the notice"] == reverse("notifications:event", args=[notice.pk])
    assert ("switched off" in text(found(client_of(member), q="a"))) == (scope == "system")


def test_once_the_notice_has_ended_it_answers_again(client: Client, administrator: User) -> None:
    SystemEventFactory(tenant=administrator.tenant, key=Notice.NO_FREETEXT, ended=True)

    assert administrator.full_name in links(found(client, q=administrator.full_name))


def test_each_page_has_the_field_and_the_search_itself_has_it_once(client: Client) -> None:
    tab = client.get(reverse("notifications:events"))
    assert dict(element(tab, "search-all").attributes)["name"] == "q"
    assert dict(element(tab, "search-link").attributes)["href"] == SEARCH

    ids = {dict(thing.attributes).get("id") for thing in walk(element(client.get(SEARCH), "main"))}
    assert "search" in ids
    assert b'id="search-all"' not in client.get(SEARCH).content


def test_administrators_rebuild_the_index(client: Client, administrator: User) -> None:
    response = client.post(REBUILD)

    with scope_of(administrator):
        event = SystemEvent.objects.get(key=FreetextRebuild.key)
        assert Job.objects.get().event_id == event.pk
    assert response["Location"] == reverse("notifications:event", args=[event.pk])
    assert event.activated_by_id == administrator.pk


def test_while_it_is_being_built_a_second_start_says_so(client: Client, administrator: User) -> None:
    client.post(REBUILD)

    response = client.post(REBUILD, follow=True)

    assert "The search index is being built already." in text(element(response, "messages"))


def test_members_rebuild_nothing(member: User, client_of: ClientOf) -> None:
    assert client_of(member).post(REBUILD).status_code == 403
    assert client_of(member).get(REBUILD).status_code == 405
