"""What is kept only for as long as reports look back, or somebody may ask for it."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import DayOfUse, RequestFile, RestrictionDay, Tenant

DAYS_KEPT: Final = timedelta(days=400)
FILES_KEPT: Final = timedelta(days=400)
"""After the request was closed."""


def drop_old_days() -> None:
    """Forget on which days users of any tenant used the product, and how much of its limits was in use on a day, more
    than 400 days ago. The users' last use and the limits' movements stay."""
    before = timezone.now().date() - DAYS_KEPT
    with support_scope("list the tenants whose old days are dropped", routine=True):
        tenant_ids = list(Tenant.objects.values_list("pk", flat=True))
    for tenant_id in tenant_ids:
        with tenant_scope(tenant_id):
            DayOfUse.objects.filter(tenant=tenant_id, used_on__lt=before).delete()
            RestrictionDay.objects.filter(tenant=tenant_id, day__lt=before).delete()


def drop_old_files() -> None:
    """Forget the files of requests that were closed more than 400 days ago. What was said stays. Only support may."""
    outdated = RequestFile.objects.filter(request__closed_at__lt=timezone.now() - FILES_KEPT)
    with support_scope("which tenants have files of requests that were closed long ago", routine=True):
        tenant_ids = list(outdated.order_by("tenant").values_list("tenant", flat=True).distinct())
    for tenant_id in tenant_ids:
        with support_scope("forget the files of requests that were closed long ago"):
            outdated.filter(tenant=tenant_id).delete()
