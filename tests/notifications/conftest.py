"""What tests of imports stand on."""

import pytest

from licences.models import User
from tests.conftest import ClientOf
from tests.notifications.imports import Wizard


@pytest.fixture
def wizard(administrator: User, client_of: ClientOf) -> Wizard:
    """The administrator at the import wizard."""
    return Wizard(administrator, client_of)
