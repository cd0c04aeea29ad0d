"""What every tenant-owned table has."""

from django.db import models

from config.tenancy.constraints import TenantPolicy


class TenantOwned(models.Model):
    """A row that belongs to one tenant. Subclasses repeat `*TenantOwned.Meta.constraints` in their own."""

    tenant = models.ForeignKey("licences.Tenant", models.CASCADE, related_name="+", db_index=False)

    class Meta:
        abstract = True
        constraints = [TenantPolicy(name="%(class)s_tenant_policy")]
