"""What the OpenAPI document promises is kept, whatever is sent: answers, problems, headers and media types."""

from collections.abc import Iterator

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, assume, given, settings
from schemathesis import GenerationMode
from schemathesis.schemas import BaseSchema

from config.urls import api
from licences.models import Restriction, Tenant, User
from tests.factories import LicenceFactory, LicenceOwnerFactory, RestrictionFactory, SeatFactory, TenantFactory
from tests.licences.api.conftest import BackEnd
from tests.proof import PROOF

pytestmark = pytest.mark.django_db

EXAMPLES = 300 if PROOF else 5
CALLS = [(path, method) for path, methods in api.get_openapi_schema()["paths"].items() for method in methods]
NAMES_OURS = ("{user_id}", "{code}")
CASES = [
    pytest.param(path, method, is_known, id=f"{method} {path} of {'ours' if is_known else 'anybody'}")
    for path, method in CALLS
    for is_known in ([True, False] if any(name in path for name in NAMES_OURS) else [False])
]
"""An address that can name something of the tenant is asked with that name, and with whatever fits."""


@pytest.fixture
def described(db: None) -> Iterator[BaseSchema]:
    """The document as everybody reads it, of the application that runs here and leaves the test its connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def expect_answers_to_events(described: BaseSchema) -> None:
    """An event that is not as described is refused by itself, in an answer that tells of each, and too many are too
    large; one that is as described may be of another source, and where all or nothing is asked for that is a 422."""
    checks = described.config.checks
    refused, accepted = checks.negative_data_rejection, checks.positive_data_acceptance
    refused.expected_statuses = [*refused.expected_statuses, "207", "413"]
    accepted.expected_statuses = [*accepted.expected_statuses, "422"]


@pytest.fixture
def tenant(db: None) -> Tenant:
    """On CRM Suite, where there are limits."""
    return TenantFactory(suite=True)


@pytest.fixture
def limit(tenant: Tenant) -> Restriction:
    """One that is counted here; beside it one that the product counts."""
    RestrictionFactory(tenant=tenant, limit=10, used=9, authority="product")
    return RestrictionFactory(tenant=tenant, limit=3, used=2)


@pytest.fixture
def user(tenant: Tenant) -> User:
    """Of a tenant with something to be told of."""
    user = SeatFactory(licence=LicenceFactory(tenant=tenant, type__plan=True)).user
    LicenceFactory(tenant=tenant, type__system=True)
    LicenceFactory(tenant=tenant, type__owner=LicenceOwnerFactory())
    return user


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method", "is_known"), CASES)
def test_every_answer_is_as_described(
    path: str,
    method: str,
    mode: GenerationMode,
    is_known: bool,
    described: BaseSchema,
    user: User,
    limit: Restriction,
    back_end: BackEnd,
) -> None:
    ours = {"user_id": user.login_id, "code": limit.type.code} if is_known else {}
    known = {name: value for name, value in ours.items() if f"{{{name}}}" in path}
    if path.endswith("/events"):
        expect_answers_to_events(described)

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=described[path][method].as_strategy(generation_mode=mode, path_parameters=known or None))
    def ask(case: schemathesis.Case) -> None:
        assume(case.query.keys() <= {"cursor", "limit"})  # other names are passed over, as everywhere on the web
        if mode is GenerationMode.POSITIVE:
            case.query.pop("cursor", None)  # any text by the document, and none that was not given out
        case.call_and_validate(headers={"Authorization": f"Bearer {back_end.token}"})

    ask()
