"""What a tenant owns: the licence sets of each owner with their dates, and the licences in them."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantForeignKey
from config.tenancy.models import TenantOwned
from licences.models.catalogue import LicenceOwner, LicenceType, SuitePlan


class LicenceSetQuerySet(models.QuerySet["LicenceSet"]):
    def active(self) -> Self:
        return self.filter(state=LicenceSet.State.ACTIVE)

    def pending(self) -> Self:
        return self.filter(state=LicenceSet.State.PENDING)


class LicenceSet(TenantOwned):
    """What one owner has licensed to one tenant, and until when. Without an expiry date it holds for ever.

    An owner numbers what it issues to a tenant: each set has a higher `issue_number` than those before, so that a set
    is applied once and an old one never again. At most one waits (`pending`), at most one is in force (`active`).
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting to be activated")
        ACTIVE = "active", _("Active")
        SUPERSEDED = "superseded", _("Superseded")
        DISCARDED = "discarded", _("Replaced before it was activated")
        REMOVED = "removed", _("Removed")

    class Origin(models.TextChoices):
        """The way in."""

        ISSUED = "issued", _("Issued by support")
        FETCHED = "fetched", _("Fetched from the licence server")
        FILE = "file", _("Loaded from a file")

    class Standing(models.TextChoices):
        """Where a set stands on the ladder of its dates."""

        OK = "ok", _("Your licence is up to date.")
        WARNING = "warning", _("Your licence expires soon.")
        EXPIRED = "expired", _("Your licence has expired. It works until the grace period is over.")
        STOPPED = "stopped", _("Your licence has expired and the grace period is over.")

    owner = models.ForeignKey(LicenceOwner, models.PROTECT, related_name="+", verbose_name=_("owner"))
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.ACTIVE)
    issue_number = models.PositiveIntegerField(_("issue number"), default=1)
    origin = models.CharField(_("origin"), max_length=10, choices=Origin, default=Origin.ISSUED)
    version = models.CharField(_("version"), max_length=20, blank=True)
    suite_plan = models.ForeignKey(
        SuitePlan, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("plan")
    )
    warn_from_on = models.DateField(_("warn from"), null=True, blank=True)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    grace_until_on = models.DateField(_("grace until"), null=True, blank=True)
    maintenance_until_on = models.DateField(_("maintenance until"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    activated_at = models.DateTimeField(_("activated"), null=True, blank=True)
    activated_by_itself = models.BooleanField(_("activated by itself"), default=False)

    objects = LicenceSetQuerySet.as_manager()

    class Meta:
        ordering = ["owner", "-issue_number"]
        verbose_name = _("licence set")
        verbose_name_plural = _("licence sets")
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "id"], name="licenceset_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "owner", "issue_number"], name="licenceset_issue_number_once"),
            models.UniqueConstraint(
                fields=["tenant", "owner"], condition=Q(state="active"), name="licenceset_one_active_per_owner"
            ),
            models.UniqueConstraint(
                fields=["tenant", "owner"], condition=Q(state="pending"), name="licenceset_one_pending_per_owner"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "discarded"], activated_at__isnull=True)
                | Q(state__in=["active", "superseded", "removed"], activated_at__isnull=False),
                name="licenceset_activated_unless_it_waits",
            ),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True, warn_from_on__isnull=True, grace_until_on__isnull=True)
                | Q(
                    # Said outright: a comparison with a date that is not there is no refusal.
                    expires_on__isnull=False,
                    warn_from_on__isnull=False,
                    grace_until_on__isnull=False,
                    warn_from_on__lte=F("expires_on"),
                    grace_until_on__gte=F("expires_on"),
                ),
                name="licenceset_warning_expiry_grace_in_order",
                violation_error_message=_("Warning, expiry and grace follow one another; none or all are set."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.version}".strip()

    def days_left(self, today: date) -> int | None:
        """Calendar days until expiry, negative once past; None when it never expires. Source: design §5."""
        return None if self.expires_on is None else (self.expires_on - today).days

    def standing(self, today: date) -> Standing:
        """The rung of the dates ladder: ok, warning, expired (works still), stopped. Each date is a last day."""
        if self.expires_on is None or self.warn_from_on is None or self.grace_until_on is None:
            return self.Standing.OK
        if today > self.grace_until_on:
            return self.Standing.STOPPED
        if today > self.expires_on:
            return self.Standing.EXPIRED
        return self.Standing.WARNING if today >= self.warn_from_on else self.Standing.OK


class LicenceQuerySet(models.QuerySet["Licence"]):
    def listed(self) -> Self:
        """What the screen lists: hidden licences never are."""
        return self.filter(type__hidden=False)

    def in_force(self) -> Self:
        """Those of the active sets: the others are what was, or what is to come."""
        return self.filter(licence_set__state=LicenceSet.State.ACTIVE)


class Licence(TenantOwned):
    """How many of one licence the tenant owns, and how many are in use.

    `in_use` is the count of active seats, kept under this row's lock; the database refuses more than `total` unless
    the licence is unrestricted. Only what is assigned to users is counted: a system licence is in use as a whole.

    A licence in force keeps its row, and with it its seats, from one licence set to the next: activating a set swaps
    what the two sets say of a type between their two rows (licences/services/licence_sets.py).
    """

    licence_set = models.ForeignKey(
        LicenceSet, models.CASCADE, related_name="licences", db_constraint=False, db_index=False
    )
    type = models.ForeignKey(LicenceType, models.PROTECT, related_name="+", verbose_name=_("licence"))
    name = models.CharField(_("name"), max_length=200)
    tier = models.PositiveSmallIntegerField(_("tier"), null=True, blank=True)
    total = models.PositiveIntegerField(_("total"))
    in_use = models.PositiveIntegerField(_("in use"), default=0)
    unrestricted = models.BooleanField(_("unrestricted"), default=False)

    objects = LicenceQuerySet.as_manager()

    class Meta:
        ordering = ["licence_set", "type__sort_order"]
        verbose_name = _("licence")
        verbose_name_plural = _("licences")
        constraints = [
            *TenantOwned.Meta.constraints,
            TenantForeignKey(name="licence_set_of_tenant", field="licence_set"),
            models.UniqueConstraint(fields=["tenant", "id"], name="licence_tenant_id"),
            models.UniqueConstraint(
                # Looked at when the statement is over: activation swaps two rows in one.
                fields=["tenant", "licence_set", "type"],
                deferrable=models.Deferrable.IMMEDIATE,
                name="licence_type_once_per_set",
            ),
            models.CheckConstraint(condition=Q(total__gte=1), name="licence_total_at_least_one"),
            models.CheckConstraint(
                condition=Q(unrestricted=True) | Q(in_use__lte=F("total")), name="licence_in_use_within_total"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def available(self) -> int | None:
        """Seats that can still be given; None when there is no end to them."""
        return None if self.unrestricted else self.total - self.in_use

    @property
    def is_plan(self) -> bool:
        """A plan that counts. One that is unrestricted by nature stands for "no plan"."""
        return self.type.role == LicenceType.Role.PLAN and not self.type.unrestricted


class ServerAnswer(TenantOwned):
    """What an owner's licence server last said of the tenant's licence. Source of the words: LicenseStatus of the
    product's interface (domain facts §1.5)."""

    class Status(models.TextChoices):
        OK = "ok", _("Your licence is up to date.")
        NEW_LICENCE = "new_licence_available", _("A new licence is available.")
        NEW_COMPANY_NAME = "new_company_name_available", _("The licence server has a new company name for you.")
        NEW_SERIAL = "new_serial_available", _("The licence server has a new serial number for you.")
        MESSAGE = "custom_message", _("The licence server has a message for you.")
        MESSAGE_AND_URL = "custom_message_and_url", _("The licence server has a message for you.")
        ACTIVATED = "new_licence_activated", _("New licence activated")
        PROBLEM = "problem_with_licence", _("The licence server reports a problem with your licence.")
        UNKNOWN_ERROR = "unknown_error", _("The licence server could not be asked.")

    owner = models.ForeignKey(LicenceOwner, models.PROTECT, related_name="+", verbose_name=_("owner"))
    status = models.CharField(_("status"), max_length=30, choices=Status)
    message = models.CharField(_("message"), max_length=300, blank=True)
    url = models.URLField(_("link"), blank=True)
    asked_at = models.DateTimeField(_("asked"))

    class Meta:
        ordering = ["-asked_at"]
        verbose_name = _("answer of a licence server")
        verbose_name_plural = _("answers of licence servers")
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "owner"], name="serveranswer_last_one_per_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.owner}: {self.status}"
