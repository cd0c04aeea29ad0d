"""What every test stands on: the test database, its people, and clients that are logged in as one of them."""

import gc
import uuid
from collections.abc import Callable, Iterator

import pytest
import zeal.constants
import zeal.patch
from django.conf import settings as django_settings
from django.db import connections
from django.test import Client
from django.test.utils import setup_databases, teardown_databases
from pytest_django import DjangoDbBlocker, Settings

from config.tenancy.scopes import identity_scope
from licences.models import User
from tests.factories import SeatFactory, UserFactory, scope_of
from tests.invariants import assert_invariants

ClientOf = Callable[[User], Client]

CHEAP_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def is_transactional(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    asked_for = {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    return bool(asked_for or (marker and marker.kwargs.get("transaction")))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that commits is cleaned up after through the owner's door: nobody else may truncate."""
    for item in items:
        if is_transactional(item):
            item.add_marker(pytest.mark.django_db(transaction=True, databases=["default", "owner"]), append=False)


def pytest_collection_finish() -> None:
    """What stays until the end, as the code and the list of tests do, is no longer looked through for garbage, and the
    rest less often: that was a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, django_db_keepdb: bool
) -> Iterator[None]:
    """One test database behind both doors, though most tests name only `default`: the owner makes it, with its roles
    and policies; requests come through the pool, which must let go before it is dropped."""
    with django_db_blocker.unblock():
        made = setup_databases(
            verbosity=0, interactive=False, keepdb=django_db_keepdb, aliases=["default", "owner"], serialized_aliases=[]
        )
    yield
    with django_db_blocker.unblock():
        connections["default"].close_pool()
        connections["default"].close()
        with connections["owner"].cursor() as cursor:
            # Threads of the pool may still hold what was given back in its last moment.
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        teardown_databases(made, verbosity=0, keepdb=django_db_keepdb)


@pytest.fixture(scope="session", autouse=True)
def _style_sheets_from_where_they_lie() -> None:
    """For the live server too, which starts before the settings of any test."""
    django_settings.WHITENOISE_AUTOREFRESH = django_settings.WHITENOISE_USE_FINDERS = True


@pytest.fixture(scope="session", autouse=True)
def _watch_for_repeated_queries() -> None:
    zeal.constants.initialize_app_registry()
    zeal.patch.patch()


@pytest.fixture(autouse=True)
def _test_settings(settings: Settings) -> None:
    """Cheap passwords, a cache of the test's own, and an error for a view that asks the database the same thing over
    and over."""
    settings.PASSWORD_HASHERS = CHEAP_HASHERS
    settings.CACHES = settings.CACHES | {
        "default": settings.CACHES["default"] | {"KEY_PREFIX": f"test-{uuid.uuid4()}"},
        "moment": settings.CACHES["moment"] | {"LOCATION": f"test-{uuid.uuid4()}"},
    }
    settings.MIDDLEWARE = ["zeal.middleware.zeal_middleware", *settings.MIDDLEWARE]


@pytest.fixture(autouse=True)
def _invariants_hold_afterwards(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test committed, with its threads and its crashes, must leave every invariant whole."""
    if not is_transactional(request.node):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    assert_invariants()


@pytest.fixture
def administrator(db: None) -> User:
    """Looks after the licences of a module-based tenant, and holds a user plan."""
    return SeatFactory(licence__type__plan=True, user__administrator=True).user


@pytest.fixture
def member(administrator: User) -> User:
    """An ordinary user of the administrator's tenant, with a seat on the same plan."""
    with scope_of(administrator):
        licence = administrator.seats.select_related("licence__tenant").get().licence
    return SeatFactory(licence=licence).user


@pytest.fixture
def outsider(db: None) -> User:
    """The administrator of another tenant."""
    return SeatFactory(licence__type__plan=True, user__administrator=True).user


@pytest.fixture
def support(db: None) -> User:
    """One of the vendor's support staff; belongs to no tenant."""
    return UserFactory(support=True)


@pytest.fixture
def client_of() -> ClientOf:
    """A client that is logged in as the given user."""

    def log_in(user: User) -> Client:
        client = Client()
        with identity_scope():
            client.force_login(user, backend=django_settings.AUTHENTICATION_BACKENDS[0])
        return client

    return log_in
