"""What is kept only for as long as reports look back."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import DayOfUse, Tenant

DAYS_OF_USE_KEPT: Final = timedelta(days=400)


def drop_old_days_of_use() -> None:
    """Forget on which days users of any tenant used the product more than 400 days ago. Their last use stays."""
    before = timezone.now().date() - DAYS_OF_USE_KEPT
    with support_scope("list the tenants whose old days of use are dropped", routine=True):
        tenant_ids = list(Tenant.objects.values_list("pk", flat=True))
    for tenant_id in tenant_ids:
        with tenant_scope(tenant_id):
            DayOfUse.objects.filter(tenant=tenant_id, used_on__lt=before).delete()
