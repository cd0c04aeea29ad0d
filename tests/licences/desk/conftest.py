import pytest

from licences.models import ServicePolicy
from tests.factories.service_level import desk_policy


@pytest.fixture
def policy(db: None) -> ServicePolicy:
    """What the desk promises."""
    return desk_policy()
