"""What the vendor says to everybody, also to those who have not logged in yet."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class PlatformNoticeQuerySet(models.QuerySet["PlatformNotice"]):
    def active(self) -> Self:
        return self.filter(ended_at__isnull=True)


class PlatformNotice(models.Model):
    """A message of support staff to every tenant. It is on the login page, so it says nothing of any tenant. Like a
    notice of a tenant's own it stays until somebody ends it, also past `expected_at`."""

    text = models.CharField(_("text"), max_length=1000)
    expected_at = models.DateTimeField(_("expected end"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = PlatformNoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-id"]
        verbose_name = _("platform notice")
        verbose_name_plural = _("platform notices")
        constraints = [models.CheckConstraint(condition=Q(text__regex=r"\S"), name="platformnotice_has_a_text")]

    def __str__(self) -> str:
        return self.text[:80]
