import pytest

from licences.models import CustomerRequest, ServicePolicy
from tests.factories.service_level import desk_policy
from tests.licences.desk.asking import SUITE, for_more, tenant_of


@pytest.fixture
def policy(db: None) -> ServicePolicy:
    """What the desk promises."""
    return desk_policy()


@pytest.fixture
def asked(demo: None) -> CustomerRequest:
    """More active projects for the demo's tenant on CRM Suite."""
    return for_more(tenant_of(SUITE))
