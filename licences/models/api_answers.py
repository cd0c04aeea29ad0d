"""What product back ends were answered, so that the same request sent again is answered the same and does nothing."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantPolicy
from config.tenancy.models import TenantOwned


class ApiAnswer(TenantOwned):
    """The first answer to an `Idempotency-Key` of a source and route, written with the effect. Source: R-05.

    The row is claimed before the effect, without an answer; nobody else sees it until the answer is there.
    """

    source = models.CharField(_("source"), max_length=200)
    route = models.CharField(_("route"), max_length=200)
    key = models.CharField(_("key"), max_length=200)
    body_hash = models.CharField(_("hash of the body"), max_length=64)
    status = models.PositiveSmallIntegerField(_("status"))
    answer = models.TextField(_("answer"))
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("answer of the API")
        verbose_name_plural = _("answers of the API")
        constraints = [
            TenantPolicy(
                name="apianswer_tenant_policy",
                rights="SELECT, INSERT, UPDATE (status, answer)",
                support="SELECT, INSERT, DELETE",
            ),
            models.UniqueConstraint(fields=["tenant", "source", "route", "key"], name="apianswer_once"),
        ]
        indexes = [models.Index(fields=["at"], name="apianswer_oldest")]

    def __str__(self) -> str:
        return f"{self.route} {self.status}"
