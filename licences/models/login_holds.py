"""Who is kept out for now: what the notice *No login* means for logging in."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.tenancy.models import TenantOwned
from licences.models.users import User, UserGroup


def meant_for(user: User) -> Q:
    """What has a `scope` and an `owner` and is meant for this user: for everybody, for the user's primary group, or for
    the user alone."""
    whom = Q(scope="system") | Q(scope="user", owner=user.login_id)
    if user.primary_group_id is not None:
        group = UserGroup.objects.filter(tenant=user.tenant_id, pk=user.primary_group_id)
        whom |= Q(scope="group", owner__in=group.values("name"))
    return whom


class LoginHoldQuerySet(models.QuerySet["LoginHold"]):
    def on(self, user: User) -> Self:
        """Those that are meant for this user."""
        return self.filter(meant_for(user), tenant=user.tenant_id)


class LoginHold(TenantOwned):
    """As long as it is there, nobody of its scope may be let in, administrators excepted.

    `key` is whose it is: a notice of a downstream app. `owner` is the name of the group or the user ID; empty for
    everybody. Source: design §14.4.
    """

    class Scope(models.TextChoices):
        EVERYBODY = "system", _("Whole system")
        GROUP = "group", _("Group")
        USER = "user", _("User")

    key = models.CharField(_("key"), max_length=100)
    scope = models.CharField(_("scope"), max_length=10, choices=Scope)
    owner = models.CharField(_("applies to"), max_length=100, blank=True)
    reason = models.CharField(_("reason"), max_length=1000, blank=True)
    expected_at = models.DateTimeField(_("expected end"), null=True, blank=True)
    set_at = models.DateTimeField(_("since"))

    objects = LoginHoldQuerySet.as_manager()

    class Meta:
        ordering = ["set_at", "id"]
        verbose_name = _("login hold")
        verbose_name_plural = _("login holds")
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "key"], name="loginhold_key_once"),
            models.CheckConstraint(
                condition=Q(scope="system", owner="") | (~Q(scope="system") & ~Q(owner="")),
                name="loginhold_names_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.owner}".strip()
