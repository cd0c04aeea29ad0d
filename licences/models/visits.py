"""When somebody of support looked at a tenant's screen, and why: for the tenant to read."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantPolicy
from config.tenancy.models import TenantOwned


class SupportVisit(TenantOwned):
    """A member of support began to look at the tenant's screen. It is written once: neither side can change it.

    Support staff belong to no tenant: the row keeps their login ID, not a key to a row that the tenant cannot see.
    """

    login_id = models.CharField(_("support staff"), max_length=100)
    reason = models.CharField(_("reason"), max_length=300)
    started_at = models.DateTimeField(_("started"), default=timezone.now)

    class Meta:
        ordering = ["-started_at", "-id"]
        verbose_name = _("support visit")
        verbose_name_plural = _("support visits")
        constraints = [
            TenantPolicy(name="supportvisit_tenant_policy", rights="SELECT", support="SELECT, INSERT"),
            models.CheckConstraint(condition=Q(reason__regex=r"\S"), name="supportvisit_has_a_reason"),
        ]
        indexes = [models.Index(fields=["tenant", "-started_at"], name="supportvisit_newest")]

    def __str__(self) -> str:
        return f"{self.login_id}: {self.reason}"
