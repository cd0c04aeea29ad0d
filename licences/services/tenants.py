"""What support may change about a tenant."""

import structlog

from licences.models import Tenant, User

log = structlog.get_logger(__name__)


def describe_tenant(
    tenant: Tenant, *, product_version: str, feature_labs: list[str], time_zone: str, by: User
) -> Tenant:
    """Record what the tenant's system runs and where it stands. The tenant's days begin and end by its time zone: a new
    one counts from now on."""
    tenant.product_version, tenant.feature_labs, tenant.time_zone = product_version, feature_labs, time_zone
    tenant.save(update_fields=["product_version", "feature_labs", "time_zone"])
    log.info("tenant_described", tenant_id=tenant.pk, by_user_id=by.pk)
    return tenant
