"""What the document promises of usage is kept where there is some: late usage, corrections, what has no price."""

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from schemathesis import GenerationMode
from schemathesis.schemas import BaseSchema

from licences.models import Tenant
from metering.models import MeteredService
from tests.factories import MeteredServiceFactory
from tests.licences.api.conftest import BackEnd
from tests.licences.api.test_contract import described
from tests.metering.billed import at, count, draw_november, draw_october, put_user
from tests.proof import PROOF

__all__ = ["described"]

pytestmark = pytest.mark.django_db

EXAMPLES = 200 if PROOF else 6
CALLS = [
    ("/usage", "get", {}),
    ("/invoices/{month}", "get", {"month": "2026-11"}),
    ("/invoices/{month}", "get", {"month": "2026-12"}),
    ("/invoices/{month}", "get", {}),
    ("/alerts", "get", {}),
    ("/producer-totals/{day}", "put", {"day": "2026-12-03"}),
    ("/producer-totals/{day}", "put", {}),
]


@pytest.fixture
def _used(tenant: Tenant, emails: MeteredService, storage: MeteredService) -> None:
    put_user(tenant)
    MeteredServiceFactory(code="no-price")
    draw_october(tenant)
    draw_november(tenant)
    count(tenant, ("e", at(12, 2), 600))
    for service in ("storage", "no-price"):
        count(tenant, (service, at(12, 3), "7.25"), service=service)


@pytest.mark.usefixtures("_used")
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method", "known"), CALLS)
def test_every_answer_about_usage_is_as_described(
    path: str, method: str, known: dict[str, str], mode: GenerationMode, described: BaseSchema, back_end: BackEnd
) -> None:
    operation = described[f"/api/v1{path}"][method]

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode, path_parameters=known or None))
    def ask(case: schemathesis.Case) -> None:
        assume(case.query.keys() <= {"cursor", "limit", "month"})
        if mode is GenerationMode.POSITIVE:
            case.query.pop("cursor", None)
        case.call_and_validate(headers={"Authorization": f"Bearer {back_end.token}"})

    ask()
