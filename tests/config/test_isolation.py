"""A tenant sees and changes nothing of another's, whatever the code asks the database."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, ProgrammingError, connection, models
from factory.django import DjangoModelFactory

from config.tenancy.grants import tenant_policies
from config.tenancy.scopes import identity_scope, support_scope
from licences.models import ApiToken, CounterDifference, Licence, LicenceOwner, Seat, Tenant, User, UserGroup
from tests import factories
from tests.factories import LONG_AGO, as_owner, scope_of

pytestmark = pytest.mark.django_db

MODELS = sorted((model for model, _ in tenant_policies()), key=lambda model: model.__name__)
FACTORIES = {
    made_by._meta.model: made_by
    for made_by in vars(factories).values()
    if isinstance(made_by, type) and issubclass(made_by, DjangoModelFactory) and not made_by._meta.abstract
}


def everything(model: type[models.Model]) -> models.QuerySet[models.Model]:
    return model._default_manager.all()


def raw_count(model: type[models.Model]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{model._meta.db_table}"')
        return cursor.fetchone()[0]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_tenant_does_not_see_a_row_of_another(model: type[models.Model]) -> None:
    theirs = FACTORIES[model]()

    with scope_of(factories.TenantFactory()):
        assert not everything(model).filter(pk=theirs.pk).exists()
        assert raw_count(model) == (1 if model is Tenant else 0)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_without_a_tenant_nothing_is_seen(model: type[models.Model]) -> None:
    FACTORIES[model]()

    assert raw_count(model) == 0


CHANGES: dict[str, Callable[[Seat], int]] = {
    "update": lambda seat: Seat.objects.filter(pk=seat.pk).update(released_at=LONG_AGO),
    "update of everything": lambda seat: Seat.objects.update(released_at=LONG_AGO),
    "bulk_update": lambda seat: Seat.objects.bulk_update([seat], ["released_at"]),
    "delete": lambda seat: Seat.objects.filter(pk=seat.pk).delete()[0],
    "delete of one": lambda seat: seat.delete()[0],
    "_raw_delete": lambda seat: Seat.objects.all()._raw_delete("default"),
    "select_for_update": lambda seat: len(Seat.objects.select_for_update().filter(pk=seat.pk)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_tenant_changes_no_row_of_another(change: str) -> None:
    theirs, untouched = factories.SeatFactory(), Seat.objects.active()
    theirs.released_at = LONG_AGO

    with scope_of(factories.TenantFactory()):
        changed = CHANGES[change](theirs)

    assert changed == 0
    with scope_of(theirs.tenant):
        assert untouched.count() == 1


def test_a_tenant_saves_no_row_of_another() -> None:
    theirs = factories.LicenceFactory(name="Theirs")
    theirs.name = "Mine now"

    with pytest.raises(Licence.NotUpdated, match="did not affect any rows"), scope_of(factories.TenantFactory()):
        theirs.save(update_fields=["name"])


WRITES: dict[str, Callable[[UserGroup, Tenant], object]] = {
    "create": lambda ours, theirs: UserGroup.objects.create(tenant=theirs, name="Sales"),
    "bulk_create": lambda ours, theirs: UserGroup.objects.bulk_create([UserGroup(tenant=theirs, name="Sales")]),
    "move": lambda ours, theirs: UserGroup.objects.filter(pk=ours.pk).update(tenant=theirs),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_tenant_writes_no_row_in_the_name_of_another(write: str) -> None:
    ours, theirs = factories.UserGroupFactory(), factories.TenantFactory()

    with pytest.raises(ProgrammingError, match="row-level security"), scope_of(ours):
        WRITES[write](ours, theirs)


def test_a_seat_names_no_licence_of_another_tenant() -> None:
    licence, user = factories.LicenceFactory(), factories.UserFactory()

    with pytest.raises(IntegrityError, match="seat_licence_of_tenant"), scope_of(user):
        Seat.objects.create(tenant=user.tenant, licence=licence, user=user, assigned_at=LONG_AGO)


def test_a_seat_names_no_user_of_another_tenant() -> None:
    licence, user = factories.LicenceFactory(), factories.UserFactory()

    with pytest.raises(IntegrityError, match="seat_user_of_tenant"), scope_of(licence):
        Seat.objects.create(tenant=licence.tenant, licence=licence, user=user, assigned_at=LONG_AGO)


def test_a_user_is_in_no_group_of_another_tenant() -> None:
    group, user = factories.UserGroupFactory(), factories.UserFactory()

    with pytest.raises(IntegrityError, match="user_primary_group_of_tenant"), scope_of(user):
        User.objects.filter(pk=user.pk).update(primary_group=group)


@pytest.mark.parametrize("as_role", ["tenant", "support"])
@pytest.mark.parametrize("change", ["update", "delete"])
def test_what_was_written_down_is_neither_changed_nor_deleted(as_role: str, change: str) -> None:
    fact = factories.CounterDifferenceFactory()
    facts = CounterDifference.objects.filter(pk=fact.pk)
    scope = scope_of(fact) if as_role == "tenant" else support_scope("a test tries to change history")

    with pytest.raises(ProgrammingError, match="permission denied"), scope:
        facts.update(stored=0) if change == "update" else facts.delete()


def test_a_tenant_changes_nothing_of_the_catalogue() -> None:
    owner = factories.LicenceOwnerFactory()

    with pytest.raises(ProgrammingError, match="permission denied"), scope_of(factories.TenantFactory()):
        LicenceOwner.objects.filter(pk=owner.pk).update(name="Free of charge")


def test_a_tenant_does_not_change_what_it_is() -> None:
    tenant = factories.TenantFactory()

    with pytest.raises(ProgrammingError, match="permission denied"), scope_of(tenant):
        Tenant.objects.filter(pk=tenant.pk).update(company_name="Somebody else")


def test_before_anyone_is_known_users_can_be_looked_up() -> None:
    user = factories.UserFactory()

    with identity_scope():
        assert User.objects.get_by_natural_key(user.login_id.upper()).tenant == user.tenant


@pytest.mark.parametrize("column", ["login_id", "role", "can_log_in", "tenant_id", "email"])
def test_before_anyone_is_known_nothing_about_a_user_changes_but_the_login(column: str) -> None:
    user = factories.UserFactory()

    with pytest.raises(ProgrammingError, match="permission denied"), identity_scope():
        User.objects.filter(pk=user.pk).update(**{column: getattr(user, column)})


@pytest.mark.parametrize(
    "model", [model for model in MODELS if model not in (User, Tenant, ApiToken)], ids=lambda model: model.__name__
)
def test_before_anyone_is_known_nothing_else_is_seen(model: type[models.Model]) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), identity_scope():
        raw_count(model)


def test_before_anyone_is_known_a_token_is_found_by_its_hash_and_stays_as_it_is() -> None:
    token = factories.ApiTokenFactory()

    with identity_scope():
        assert ApiToken.objects.get(hash=token.hash).tenant_id == token.tenant_id
    with pytest.raises(ProgrammingError, match="permission denied"), identity_scope():
        ApiToken.objects.filter(pk=token.pk).update(revoked_at=LONG_AGO)


def test_support_sees_every_tenants_rows() -> None:
    first, second = factories.SeatFactory(), factories.SeatFactory()

    with support_scope("a test counts"):
        assert set(Seat.objects.all()) == {first, second}


def test_the_owner_of_the_schema_is_bound_too_unless_it_is_a_superuser() -> None:
    factories.SeatFactory()

    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        unbound = cursor.fetchone()[0]
        assert raw_count(Seat) == (1 if unbound else 0)
