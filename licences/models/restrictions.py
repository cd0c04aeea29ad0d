"""How much a tenant uses of what its plan limits, and what happened on the way."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantForeignKey, TenantPolicy
from config.tenancy.models import TenantOwned
from licences.models.catalogue import RestrictionType


class Restriction(TenantOwned):
    """One number per tenant and limit. `authority` says who counts: this console, or the product that reports it.

    `limit` is the one in force, from the plan or an override: None is no limit, 0 not in the plan. From `limit_until`
    on it is another, and has to be settled anew. Only where the console counts does the database refuse more than the
    limit; `carried` is what was in use already when the limit was lowered. `near_since` and `reached_since` are the
    episodes at 85 and 100 %. All of it changes in one place: licences/services/restriction_changes.py.
    """

    class Authority(models.TextChoices):
        CONSOLE = "console", _("counted here")
        PRODUCT = "product", _("reported by the product")

    type = models.ForeignKey(RestrictionType, models.PROTECT, related_name="+", verbose_name=_("restriction"))
    used = models.PositiveIntegerField(_("used"), default=0)
    limit = models.PositiveIntegerField(_("limit"), null=True, blank=True)
    limit_until = models.DateTimeField(_("limit until"), null=True, blank=True)
    carried = models.PositiveIntegerField(_("in use when the limit was lowered"), default=0)
    authority = models.CharField(_("authority"), max_length=10, choices=Authority)
    as_of = models.DateTimeField(_("as of"))
    near_since = models.DateTimeField(_("near the limit since"), null=True, blank=True)
    reached_since = models.DateTimeField(_("at the limit since"), null=True, blank=True)

    class Meta:
        ordering = ["type__sort_order"]
        verbose_name = _("restriction")
        verbose_name_plural = _("restrictions")
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "id"], name="restriction_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "type"], name="restriction_once_per_tenant"),
            models.CheckConstraint(
                condition=Q(authority="product")
                | Q(limit__isnull=True)
                | Q(used__lte=F("limit"))
                | Q(used__lte=F("carried")),
                name="restriction_used_within_limit",
            ),
        ]
        indexes = [
            models.Index(fields=["limit_until"], condition=Q(limit_until__isnull=False), name="restriction_limit_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.type}: {self.used}"


class OfRestriction(TenantOwned):
    """A row about one restriction of its tenant's. Subclasses name a TenantForeignKey for it in their constraints."""

    restriction = models.ForeignKey(
        Restriction,
        models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("restriction"),
    )

    class Meta:
        abstract = True


class LimitOverride(OfRestriction):
    """Another limit than the plan's, for a time and a reason; of several in force the newest counts.

    `limit` None is no limit, 0 takes it out of the plan. It is ended by an earlier `ends_at`, never changed otherwise.
    """

    limit = models.PositiveIntegerField(_("limit"), null=True, blank=True)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    set_at = models.DateTimeField(_("set"))
    set_by_name = models.CharField(_("set by"), max_length=200)

    class Meta:
        ordering = ["-set_at", "-id"]
        verbose_name = _("limit override")
        verbose_name_plural = _("limit overrides")
        constraints = [
            TenantPolicy(name="limitoverride_tenant_policy", rights="SELECT, INSERT, UPDATE (ends_at)"),
            TenantForeignKey(name="limitoverride_restriction_of_tenant", field="restriction"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")),
                name="limitoverride_ends_after_it_starts",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="limitoverride_has_a_reason"),
        ]
        indexes = [models.Index(fields=["tenant", "restriction", "-set_at"], name="limitoverride_of_restriction")]

    def __str__(self) -> str:
        return f"{self.limit}: {self.reason}"


class LimitReservation(OfRestriction):
    """Capacity that is taken until `expires_at` unless it is confirmed: then it stays taken."""

    class State(models.TextChoices):
        HELD = "held", _("Held")
        CONFIRMED = "confirmed", _("Confirmed")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Expired")

    quantity = models.PositiveIntegerField(_("quantity"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.HELD)
    source = models.CharField(_("source"), max_length=200)
    made_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("expires"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-id"]
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = [
            TenantPolicy(name="limitreservation_tenant_policy", rights="SELECT, INSERT, UPDATE (state, ended_at)"),
            TenantForeignKey(name="limitreservation_restriction_of_tenant", field="restriction"),
            models.UniqueConstraint(fields=["tenant", "id"], name="limitreservation_tenant_id"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="limitreservation_of_something"),
            models.CheckConstraint(
                condition=Q(state="held", ended_at__isnull=True) | (~Q(state="held") & Q(ended_at__isnull=False)),
                name="limitreservation_ended_exactly_unless_held",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="held"), name="limitreservation_held"),
            models.Index(fields=["tenant", "restriction"], name="limitreservation_of"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity}: {self.state}"


class LimitMovement(OfRestriction):
    """Why the console's own count is what it is: append-only, and `used` is the sum of `quantity`."""

    class Kind(models.TextChoices):
        OPENING = "opening", _("In use when counting began")
        CONSUMED = "consumed", _("Used")
        RELEASED = "released", _("Given back")
        RESERVED = "reserved", _("Reserved")
        CANCELLED = "cancelled", _("Reservation cancelled")
        EXPIRED = "expired", _("Reservation expired")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    quantity = models.IntegerField(_("quantity"))
    at = models.DateTimeField(_("at"))
    source = models.CharField(_("source"), max_length=200, blank=True)
    reservation = models.ForeignKey(
        LimitReservation,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("reservation"),
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = _("movement")
        verbose_name_plural = _("movements")
        constraints = [
            TenantPolicy(name="limitmovement_tenant_policy", rights="SELECT, INSERT"),
            TenantForeignKey(name="limitmovement_restriction_of_tenant", field="restriction"),
            TenantForeignKey(name="limitmovement_reservation_of_tenant", field="reservation"),
            models.CheckConstraint(
                condition=Q(kind__in=["opening", "consumed", "reserved"], quantity__gt=0)
                | Q(kind__in=["released", "cancelled", "expired"], quantity__lt=0),
                name="limitmovement_goes_its_way",
            ),
            models.UniqueConstraint(
                fields=["tenant", "reservation"],
                condition=Q(kind__in=["cancelled", "expired"]),
                name="limitmovement_gives_back_once",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "restriction", "-id"], name="limitmovement_of_restriction")]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity}"


class LimitCrossing(OfRestriction):
    """A fact: the use came to 85 or 100 % of the limit. Once per episode, written with the change that did it."""

    threshold = models.PositiveSmallIntegerField(_("percent"))
    used = models.PositiveIntegerField(_("used"))
    limit = models.PositiveIntegerField(_("limit"))
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("limit crossing")
        verbose_name_plural = _("limit crossings")
        constraints = [
            TenantPolicy(name="limitcrossing_tenant_policy", rights="SELECT, INSERT"),
            TenantForeignKey(name="limitcrossing_restriction_of_tenant", field="restriction"),
            models.CheckConstraint(condition=Q(threshold__in=[85, 100]), name="limitcrossing_at_85_or_100"),
        ]
        indexes = [
            models.Index(fields=["tenant", "restriction", "-at"], name="limitcrossing_of_restriction"),
            models.Index(fields=["at"], name="limitcrossing_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.threshold} %: {self.used}/{self.limit}"


class RestrictionDay(OfRestriction):
    """How much was in use at the end of a day of the tenant's calendar; today's row goes along with the number."""

    day = models.DateField(_("day"))
    used = models.PositiveIntegerField(_("used"))

    class Meta:
        ordering = ["-day"]
        verbose_name = _("day of a restriction")
        verbose_name_plural = _("days of restrictions")
        constraints = [
            *TenantOwned.Meta.constraints,
            TenantForeignKey(name="restrictionday_restriction_of_tenant", field="restriction"),
            models.UniqueConstraint(fields=["tenant", "restriction", "day"], name="restrictionday_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.used}"
