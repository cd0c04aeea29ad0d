from decimal import Decimal

import pytest

from licences.models import Tenant
from metering.models import MeteredService, RatedBy
from tests.factories import MeteredServiceFactory, TariffFactory, TenantFactory


@pytest.fixture
def metered(db: None) -> Tenant:
    """A module-based tenant in Oslo, with the services and tariffs of `emails` and `storage`."""
    return TenantFactory()


@pytest.fixture
def emails(db: None) -> MeteredService:
    """A sum: 500 and 20 for each user are included."""
    service = MeteredServiceFactory(code="emails", name="E-mails")
    TariffFactory(service=service)
    return service


@pytest.fixture
def storage(db: None) -> MeteredService:
    """A gauge that is rated by its peak: 10 and 1 for each user are included."""
    service = MeteredServiceFactory(code="storage", name="Storage", unit="GB", kind=MeteredService.Kind.GAUGE)
    TariffFactory(
        service=service,
        rated_by=RatedBy.PEAK,
        allowance_base=Decimal(10),
        allowance_per_user=Decimal(1),
        block_size=Decimal(1),
    )
    return service
