"""Every page of the console in one table: as a whole and in parts, for each who may ask."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from licences.models import ApiToken, CustomerRequest, Licence, Restriction, Tenant, User
from metering.models import InvoiceLine
from metering.periods import Month
from notifications.models import Import, SystemEvent
from tests.conftest import CHEAP_HASHERS, ClientOf
from tests.factories import (
    ApiTokenFactory,
    CustomerRequestFactory,
    ImportBatchFactory,
    ImportFactory,
    InvoiceLineFactory,
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceSetFactory,
    LicenceTypeFactory,
    MeteredServiceFactory,
    NoticeFactory,
    RestrictionFactory,
    SeatFactory,
    SystemEventFactory,
    TenantFactory,
    UserFactory,
)
from tests.licences.waiting import receive
from tests.pages import element, fetch_part, tree

pytestmark = pytest.mark.django_db


@dataclass
class World:
    """A tenant with a bit of everything, an administrator and a member of it."""

    tenant: Tenant
    administrator: User
    member: User
    plan: Licence
    third_party: Licence
    event: SystemEvent
    notice: SystemEvent
    token: ApiToken
    imported: Import
    request: CustomerRequest
    limited: Restriction | None
    invoiced: InvoiceLine


@dataclass(frozen=True)
class Page:
    name: str
    parts: tuple[str, ...] = ()
    arguments: Callable[[World], list[object]] | None = None
    suite: bool = False
    for_members: bool = True
    takes_forms: bool = False
    of_catalogue: bool = False
    """What the address names is the same for every tenant."""

    def address(self, world: World) -> str:
        return reverse(self.name, args=self.arguments(world) if self.arguments else [])


LIST_PARTS = ("panel", "list", "detail", "holders")

PAGES = {
    "superoffice": Page("licences:superoffice", LIST_PARTS[:-1]),
    "superoffice licence": Page("licences:superoffice_licence", LIST_PARTS, lambda world: [world.plan.type.code]),
    "superoffice on suite": Page("licences:superoffice", LIST_PARTS[:-1], suite=True),
    "third party": Page("licences:owner", LIST_PARTS[:-1], lambda world: [world.third_party.type.owner.code]),
    "third party licence": Page(
        "licences:owner_licence",
        LIST_PARTS,
        lambda world: [world.third_party.type.owner.code, world.third_party.type.code],
    ),
    "status": Page("licences:status", ("panel",)),
    "status on suite": Page("licences:status", ("panel",), suite=True),
    "plans": Page("licences:plans", suite=True),
    "limit": Page("licences:limit", arguments=lambda world: [world.limited.type.code], suite=True),
    "events": Page("notifications:events", ("panel", "events", "described")),
    "event": Page("notifications:event", ("panel", "events", "described"), lambda world: [world.event.pk]),
    "end of an event": Page(
        "notifications:cancel", arguments=lambda world: [world.event.pk], for_members=False, takes_forms=True
    ),
    "imports": Page("notifications:imports", ("list",), for_members=False),
    "new import": Page("notifications:import_new", for_members=False, takes_forms=True),
    "import": Page(
        "notifications:import_file",
        ("panel",),
        lambda world: [world.imported.pk],
        for_members=False,
        takes_forms=True,
    ),
    "undo of an import": Page(
        "notifications:import_undo", arguments=lambda world: [world.imported.pk], for_members=False, takes_forms=True
    ),
    "now": Page("notifications:now", ("now",)),
    "new notice": Page("notifications:notice_new", for_members=False, takes_forms=True),
    "notice": Page(
        "notifications:notice", arguments=lambda world: [world.notice.pk], for_members=False, takes_forms=True
    ),
    "metering": Page("metering:dashboard", ("panel",), for_members=False),
    "metering on suite": Page("metering:dashboard", for_members=False, suite=True),
    "metered service": Page(
        "metering:service",
        ("panel",),
        lambda world: [world.invoiced.service.code],
        for_members=False,
        of_catalogue=True,
    ),
    "not counted": Page("metering:uncounted", ("panel",), for_members=False),
    "way of an event": Page("metering:events", ("found",), for_members=False),
    "invoices": Page("metering:invoices", for_members=False),
    "invoices on suite": Page("metering:invoices", for_members=False, suite=True),
    "invoice": Page(
        "metering:invoice",
        ("checked",),
        lambda world: [f"{world.invoiced.month:%Y-%m}"],
        for_members=False,
        takes_forms=True,
    ),
    "invoice line": Page(
        "metering:invoice_line",
        arguments=lambda world: [f"{world.invoiced.month:%Y-%m}", world.invoiced.service.code],
        for_members=False,
    ),
    "seat use": Page("licences:seat_use", ("seat-use",), for_members=False),
    "users": Page("licences:users", ("list",), for_members=False),
    "users on suite": Page("licences:users", ("list",), for_members=False, suite=True),
    "user licences": Page("licences:users_licences", for_members=False),
    "user": Page("licences:user", ("features",), lambda world: [world.member.pk], for_members=False, takes_forms=True),
    "user on suite": Page(
        "licences:user", ("features",), lambda world: [world.member.pk], suite=True, for_members=False, takes_forms=True
    ),
    "change of users": Page("licences:users_change", for_members=False, takes_forms=True),
    "what was done": Page("licences:users_report", for_members=False),
    "history": Page("licences:history", ("entries",), for_members=False),
    "features": Page("licences:features", ("list",), for_members=False),
    "features on suite": Page("licences:features", ("list",), suite=True, for_members=False),
    "feature": Page(
        "licences:feature",
        arguments=lambda world: [f"{world.third_party.type.owner.code}.{world.third_party.type.code}"],
        for_members=False,
    ),
    "activation": Page("licences:activation", for_members=False),
    "activation on suite": Page("licences:activation", for_members=False, suite=True),
    "superfluous": Page(
        "licences:superfluous",
        ("seats",),
        lambda world: [world.third_party.type.owner.code, world.third_party.type.code],
        for_members=False,
        takes_forms=True,
    ),
    "load": Page("licences:load", for_members=False, takes_forms=True),
    "remove": Page(
        "licences:remove",
        arguments=lambda world: [world.third_party.type.owner.code],
        for_members=False,
        takes_forms=True,
    ),
    "tokens": Page("licences:tokens", ("tokens",), for_members=False),
    "new token": Page("licences:token_new", for_members=False, takes_forms=True),
    "end of a token": Page(
        "licences:token_revoke", arguments=lambda world: [world.token.pk], for_members=False, takes_forms=True
    ),
    "requests": Page("licences:requests", ("requests",), for_members=False),
    "request": Page(
        "licences:request", arguments=lambda world: [world.request.pk], for_members=False, takes_forms=True
    ),
    "upgrade": Page("licences:upgrade", for_members=False, takes_forms=True),
    "upgrade on suite": Page("licences:upgrade", for_members=False, suite=True, takes_forms=True),
    "support": Page("licences:support", for_members=False, takes_forms=True),
    "contacts": Page("licences:contacts", for_members=False, takes_forms=True),
    "search": Page("notifications:search", ("found",)),
    "account": Page("licences:account"),
}

each_page = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
each_page_of_one_thing = pytest.mark.parametrize(
    "page", [pytest.param(page, id=name) for name, page in PAGES.items() if page.arguments and not page.of_catalogue]
)
each_part = pytest.mark.parametrize(
    ("page", "part", "role"),
    [
        pytest.param(page, part, role, id=f"{name}: {part} for {role}")
        for name, page in PAGES.items()
        for part in page.parts
        for role in ("administrator", "member")
        if (part, role) != ("holders", "member") and (role != "member" or page.for_members)
    ],
)


@pytest.fixture(scope="module")
def worlds(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[bool, World]]:
    """One without and one with CRM Suite, which stay for the module: what a test makes of them is undone."""
    with django_db_blocker.unblock():
        with override_settings(PASSWORD_HASHERS=CHEAP_HASHERS):
            made = {suite: build_world(suite=suite) for suite in (False, True)}
        connection.close()
    yield made
    with django_db_blocker.unblock():
        call_command("flush", database="owner", interactive=False, verbosity=0)


@pytest.fixture
def world(page: Page, worlds: dict[bool, World], db: None) -> World:
    return worlds[page.suite]


def build_world(*, suite: bool) -> World:
    tenant = TenantFactory(suite=suite)
    kind = tenant.suite_plan.seat_licence if suite else LicenceTypeFactory(plan=True)
    plan = LicenceFactory(tenant=tenant, type=kind)
    administrator = UserFactory(tenant=tenant, administrator=True)
    member = UserFactory(tenant=tenant)
    tindekart = LicenceOwnerFactory()
    third_party = LicenceFactory(
        type__owner=tindekart, licence_set=LicenceSetFactory(tenant=tenant, owner=tindekart), tenant=tenant
    )
    for person in (administrator, member):
        SeatFactory(licence=plan, user=person)
        SeatFactory(licence=third_party, user=person)
    receive(tenant, {third_party.type: 1})
    limited = RestrictionFactory(tenant=tenant, used=97, limit=100) if suite else None
    MeteredServiceFactory()
    invoiced = InvoiceLineFactory(tenant=tenant)
    event = SystemEventFactory(tenant=tenant, activated_by=administrator, description="It counts.", ended=True)
    notice = NoticeFactory(tenant=tenant)
    token = ApiTokenFactory(tenant=tenant)
    imported = ImportFactory(tenant=tenant, columns=["User ID", "Full name"], created_by=administrator)
    ImportBatchFactory(of_import=imported)
    request = CustomerRequestFactory(tenant=tenant)
    return World(
        tenant, administrator, member, plan, third_party, event, notice, token, imported, request, limited, invoiced
    )


@each_page
def test_the_whole_page_is_well_formed_and_private(page: Page, world: World, client_of: ClientOf) -> None:
    response = client_of(world.administrator).get(page.address(world))

    assert response.status_code == 200
    assert element(response, "main")
    assert {"no-store", "private"} <= set(response["Cache-Control"].split(", "))
    assert {"HX-Request", "HX-Target", "HX-Boosted", "HX-History-Restore-Request"} <= set(response["Vary"].split(", "))


@each_part
def test_each_part_is_that_element_of_the_whole_page(
    page: Page, part: str, role: str, world: World, client_of: ClientOf
) -> None:
    client, address = client_of(getattr(world, role)), page.address(world)

    alone = fetch_part(client, address, part)

    assert tree(alone) == element(client.get(address), part)
    assert {"HX-Request", "HX-Target"} <= set(alone["Vary"].split(", "))


FOR_NO_PART = {
    "no target": {"HX-Request": "true"},
    "unknown target": {"HX-Request": "true", "HX-Target": "no-such-part"},
    "boosted": {"HX-Request": "true", "HX-Target": "panel", "HX-Boosted": "true"},
    "history": {"HX-Request": "true", "HX-Target": "panel", "HX-History-Restore-Request": "true"},
    "not htmx": {"HX-Target": "panel"},
}


@each_page
def test_whoever_asks_for_no_part_gets_the_whole_page(page: Page, world: World, client_of: ClientOf) -> None:
    client, address = client_of(world.administrator), page.address(world)

    answers = {asked: client.get(address, headers=headers).content for asked, headers in FOR_NO_PART.items()}

    assert {asked for asked, got in answers.items() if not got.lstrip().lower().startswith(b"<!doctype html>")} == set()


@each_page
def test_a_stranger_is_led_to_the_login_page(page: Page, world: World, client: Client) -> None:
    address = page.address(world)

    response = client.get(address)

    assert response.status_code == 302
    assert response["Location"] == f"{reverse('account_login')}?next={address}"


@each_page
def test_an_expired_session_sends_the_whole_browser_to_the_login_page(page: Page, world: World, client: Client) -> None:
    response = fetch_part(client, page.address(world), "panel")

    assert response.status_code == 200
    assert response["HX-Redirect"] == reverse("account_login")
    assert response.content == b""


@each_page
def test_members_see_what_is_for_them(page: Page, world: World, client_of: ClientOf) -> None:
    response = client_of(world.member).get(page.address(world))

    assert response.status_code == (200 if page.for_members else 403)


@each_page_of_one_thing
def test_what_another_tenant_has_is_not_there(page: Page, world: World, outsider: User, client_of: ClientOf) -> None:
    client = client_of(outsider)
    missing = [nothing_like(one) for one in page.arguments(world)]

    theirs, nobodys = client.get(page.address(world)), client.get(reverse(page.name, args=missing))

    assert theirs.status_code == nobodys.status_code == 404
    assert tree(theirs) == tree(nobodys)
    assert settled(theirs) == settled(nobodys)


def nothing_like(one: object) -> object:
    """A number, a month or a name that nobody has."""
    if isinstance(one, int):
        return 1
    return "1980-01" if Month.parse(str(one)) else "missing"


def settled(response: HttpResponse) -> dict[str, str]:
    """The headers but the one that each answer has of its own."""
    return {name: value for name, value in response.items() if name != "X-Request-ID"}


@pytest.mark.parametrize("page", [pytest.param(page, id=name) for name, page in PAGES.items() if not page.takes_forms])
def test_looking_is_all_that_a_page_is_for(page: Page, world: World, client_of: ClientOf) -> None:
    client, address = client_of(world.administrator), page.address(world)

    answers = {method: client.generic(method, address).status_code for method in ("POST", "PUT", "PATCH", "DELETE")}

    assert answers == dict.fromkeys(answers, 405)
