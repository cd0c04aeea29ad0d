from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import DatabaseError, connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.tenancy.scopes import support_scope
from licences.models import ApiToken, RequestEvent, RequestFile, Tenant, User
from metering.models import EventKey
from notifications.models import (
    ImportBatch,
    ImportMapping,
    ImportPiece,
    PlatformNotice,
    SearchDocument,
    SearchWord,
    SystemEvent,
)
from tests import factories
from tests.conftest import ClientOf
from tests.proof import PROOF

NOT_SHOWN = {
    EventKey: "a hash of what was counted; the event is shown",
    ImportPiece: "a part of a tenant's file, with its people's data",
    ImportBatch: "rows of a tenant's file, with its people's data",
    ImportMapping: "how a tenant's files are laid out; nothing for support to see",
    RequestEvent: "shown on the page of its request",
    RequestFile: "saved from the page of its request",
    SearchDocument: "an index: what it says is shown where it comes from",
    SearchWord: "an index of the index",
}
"""Models that Django admin leaves out, and why."""
OURS = [
    model
    for name in ("licences", "metering", "notifications")
    for model in apps.get_app_config(name).get_models()
    if model not in NOT_SHOWN
]
OTHERS = [EmailAddress, Authenticator, LogEntry]
EVERY_MODEL = [*OURS, *OTHERS]

MANY = 50 if PROOF else 4

every_model = pytest.mark.parametrize("model", EVERY_MODEL, ids=lambda model: model.__name__)


def make_email_address() -> Model:
    user = factories.UserFactory()
    with support_scope("a test"):
        return EmailAddress.objects.create(user=user, email=user.email)


def make_second_factor() -> Model:
    user = factories.UserFactory()
    with support_scope("a test"):
        return Authenticator.objects.create(user=user, type="totp", data={"secret": "TOTPSECRETOFAUSER"})


def make_log_entry() -> Model:
    tenant, by = factories.TenantFactory(), factories.UserFactory(support=True)
    with support_scope("a test"):
        LogEntry.objects.log_actions(by.pk, [tenant], CHANGE, "Looked", single_object=True)
        return LogEntry.objects.latest("pk")


MAKE: dict[type[Model], Callable[[], Model]] = {
    **{model: getattr(factories, f"{model.__name__}Factory") for model in OURS},
    EmailAddress: make_email_address,
    Authenticator: make_second_factor,
    LogEntry: make_log_entry,
}


def address(thing: Model | type[Model], page: str) -> str:
    name = f"admin:{thing._meta.app_label}_{thing._meta.model_name}_{page}"
    return reverse(name, args=[thing.pk] if isinstance(thing, Model) else [])


def queries_of(client: Client, url: str) -> int:
    """Of a page that was seen before: what Django remembers for the process is not counted."""
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_every_model_is_there_and_of_other_peoples_only_those_without_secrets() -> None:
    assert set(admin.site._registry) == set(EVERY_MODEL)


@pytest.mark.parametrize("who", ["administrator", "member"])
def test_a_tenants_user_has_no_admin(who: str, request: pytest.FixtureRequest, client_of: ClientOf) -> None:
    client = client_of(request.getfixturevalue(who))

    statuses = {
        client.get(reverse(name), follow=True).status_code
        for name in ("admin:index", "admin:licences_tenant_changelist")
    }

    assert statuses == {403}


@pytest.mark.django_db
def test_nobody_who_is_not_logged_in_has_an_admin(client: Client) -> None:
    response = client.get(reverse("admin:licences_tenant_changelist"), follow=True)

    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


@every_model
def test_a_list_takes_as_many_queries_for_many_rows_as_for_2(model: type[Model], support_client: Client) -> None:
    make, url = MAKE[model], address(model, "changelist")
    for _ in range(2):
        make()
    for_two = queries_of(support_client, url)

    for _ in range(MANY - 2):
        make()

    assert queries_of(support_client, url) == for_two


@every_model
def test_a_list_can_be_searched(model: type[Model], support_client: Client) -> None:
    MAKE[model]()

    response = support_client.get(address(model, "changelist"), {"q": "no such thing at all"})

    assert response.status_code == 200
    assert not response.context["cl"].result_count


@every_model
def test_a_row_can_be_opened(model: type[Model], support_client: Client) -> None:
    thing = MAKE[model]()

    response = support_client.get(address(thing, "change"))

    assert response.status_code == 200


@every_model
def test_nothing_is_deleted_and_only_what_support_says_and_tenants_are_changed(
    model: type[Model], support_client: Client
) -> None:
    thing = MAKE[model]()

    assert support_client.post(address(thing, "delete"), {"post": "yes"}).status_code == 403
    if model is not PlatformNotice:
        assert support_client.get(address(model, "add")).status_code == 403
        assert support_client.post(address(model, "add"), {}).status_code == 403
    if model not in (Tenant, PlatformNotice):
        assert support_client.post(address(thing, "change"), {}).status_code == 403


@every_model
def test_a_list_has_no_actions_on_many_rows(model: type[Model], support_client: Client) -> None:
    thing = MAKE[model]()

    support_client.post(
        address(model, "changelist"), {"action": "delete_selected", "_selected_action": [thing.pk], "post": "yes"}
    )

    with support_scope("a test looks"):
        assert model._default_manager.filter(pk=thing.pk).exists()


WRITTEN_ONCE = [
    (factories.CounterDifferenceFactory, {"stored": 0}),
    (factories.SupportVisitFactory, {"reason": "none of your business"}),
    (factories.HistoryEntryFactory, {"subject": "somebody else"}),
    (factories.LicenceDateReachedFactory, {"milestone": "1"}),
    (make_log_entry, {"change_message": ""}),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("make", "change"), WRITTEN_ONCE)
def test_the_database_refuses_support_to_change_what_was_written_once(
    make: Callable[[], Model], change: dict[str, object]
) -> None:
    thing = make()

    with pytest.raises(DatabaseError, match="permission denied"), support_scope("a test tries"):
        type(thing)._default_manager.filter(pk=thing.pk).update(**change)


@pytest.mark.django_db
@pytest.mark.parametrize("make", [make for make, _change in WRITTEN_ONCE])
def test_the_database_refuses_support_to_delete_what_was_written_once(make: Callable[[], Model]) -> None:
    thing = make()

    with pytest.raises(DatabaseError, match="permission denied"), support_scope("a test tries"):
        type(thing)._default_manager.filter(pk=thing.pk).delete()


PAGES_WITH_ROWS: list[tuple[Callable[[], Model], Callable[[Model], Model]]] = [
    (factories.LicenceSetFactory, lambda of: factories.LicenceFactory(licence_set=of)),
    (factories.LicenceTypeFactory, lambda of: factories.PlanInclusionFactory(plan=of)),
    (factories.SuitePlanFactory, lambda of: factories.PlanLimitFactory(suite_plan=of)),
    (factories.RestrictionTypeFactory, lambda of: factories.PlanLimitFactory(restriction=of)),
    (factories.TenantFactory, lambda of: factories.UserFactory(tenant=of)),
    (factories.TenantFactory, lambda of: factories.LicenceSetFactory(tenant=of, owner=factories.LicenceOwnerFactory())),
    (factories.TenantFactory, lambda of: factories.RestrictionFactory(tenant=of)),
]


@pytest.mark.parametrize(("make", "make_row"), PAGES_WITH_ROWS)
def test_a_page_takes_as_many_queries_with_many_rows_in_it_as_with_2(
    make: Callable[[], Model], make_row: Callable[[Model], Model], support_client: Client
) -> None:
    thing = make()
    for _ in range(2):
        make_row(thing)
    with_two = queries_of(support_client, address(thing, "change"))

    for _ in range(MANY - 2):
        make_row(thing)

    assert queries_of(support_client, address(thing, "change")) == with_two


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        (User, "password__startswith"),
        (Authenticator, "data__secret__startswith"),
        (SystemEvent, "activated_by__password__startswith"),
        (ApiToken, "hash__startswith"),
        (ApiToken, "hash"),
    ],
)
def test_no_list_gives_a_secret_away_bit_by_bit(model: type[Model], lookup: str, support_client: Client) -> None:
    MAKE[model]()

    response = support_client.get(address(model, "changelist"), {lookup: "T"})

    assert response.status_code == 400


@pytest.mark.parametrize(
    "lookup",
    [
        {"full_name__icontains": "\0"},
        {"full_name": "\0"},
        {"full_name__regex": "("},
        {"date_joined__year": "9" * 20},
        {"full_name__trigram_similar": "a"},
        {"id__range": "1"},
    ],
)
def test_a_filter_that_no_page_links_to_is_refused(lookup: dict[str, str], support_client: Client) -> None:
    response = support_client.get(address(User, "changelist"), lookup)

    assert response.status_code == 400


@pytest.mark.parametrize(
    ("make", "secret"),
    [
        (make_second_factor, "TOTPSECRETOFAUSER"),
        (factories.UserFactory, "md5$"),
        (lambda: factories.ApiTokenFactory(hash="cafe" * 16), "cafe" * 16),
    ],
)
def test_no_page_shows_a_secret(make: Callable[[], Model], secret: str, support_client: Client) -> None:
    thing = make()

    for page in (address(type(thing), "changelist"), address(thing, "change"), address(thing, "history")):
        assert secret not in support_client.get(page).text
