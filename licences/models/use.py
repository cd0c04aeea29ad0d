"""What the product reports of its users: when they used it, and open work that keeps a plan with them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantForeignKey
from config.tenancy.models import TenantOwned
from licences.models.users import User


class DayOfUse(TenantOwned):
    """A user used the product on this day of the tenant's calendar. Kept for as long as reports look back."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    used_on = models.DateField(_("used on"))

    class Meta:
        verbose_name = _("day of use")
        verbose_name_plural = _("days of use")
        constraints = [
            *TenantOwned.Meta.constraints,
            TenantForeignKey(name="dayofuse_user_of_tenant", field="user"),
            models.UniqueConstraint(fields=["tenant", "used_on", "user"], name="dayofuse_once"),
        ]

    def __str__(self) -> str:
        return f"{self.used_on}"


class Hold(TenantOwned):
    """Open work of a user that a product reports: as long as it is there, none of the user's plans can be taken."""

    user = models.ForeignKey(User, models.CASCADE, related_name="holds", db_constraint=False, db_index=False)
    source = models.CharField(_("reported by"), max_length=200)
    key = models.CharField(_("key"), max_length=100)
    reason = models.CharField(_("open work"), max_length=200)
    set_at = models.DateTimeField(_("since"))

    class Meta:
        ordering = ["set_at", "id"]
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            *TenantOwned.Meta.constraints,
            TenantForeignKey(name="hold_user_of_tenant", field="user"),
            models.UniqueConstraint(fields=["tenant", "user", "source", "key"], name="hold_key_once"),
            models.CheckConstraint(condition=Q(reason__regex=r"\S"), name="hold_has_a_reason"),
        ]

    def __str__(self) -> str:
        return self.reason
