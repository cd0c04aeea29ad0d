"""What was used: the events that tell of it, and what they come to by day and by month (docs/adr/0018).

`EventKey` is what makes an event count once. It is not partitioned, because the same id may come again with another
time; `UsageEvent` is partitioned by month, so that old events go by dropping a table. Both come a thousand at a time
and have no foreign keys: what writes them (metering/services/counting.py) takes tenant and service from rows that were
just read. Every key starts with the tenant.
"""

from datetime import date
from decimal import Decimal
from typing import Self

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Case, DecimalField, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantPolicy
from config.tenancy.models import TenantOwned
from licences.models import Tenant
from metering.figures import month_text
from metering.models.invoices import Invoice
from metering.models.services import MeteredService, OfService, RatedBy, Tariff
from metering.periods import Month
from metering.rating import FREE, Rating, Terms, rate

ZERO = Value(Decimal(0), output_field=DecimalField(max_digits=30, decimal_places=6))


class EventKey(models.Model):
    """An event of a tenant's has been counted. `key` is a hash of its source and id, `payload` of what it said:
    where the one comes again with the other changed, somebody has used an id twice. `day` and `time` find the event."""

    pk = models.CompositePrimaryKey("tenant_id", "key")
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    key = models.UUIDField(_("key"))
    payload = models.UUIDField(_("payload"))
    service = models.ForeignKey(MeteredService, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    day = models.DateField(_("day"))
    time = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("event key")
        verbose_name_plural = _("event keys")
        constraints = [
            TenantPolicy(name="eventkey_tenant_policy", rights="SELECT, INSERT", support="SELECT, INSERT, DELETE"),
        ]
        indexes = [BrinIndex(fields=["day"], name="eventkey_by_day")]

    def __str__(self) -> str:
        return str(self.key)


class UsageEvent(models.Model):
    """So much of a service was used, or was in use, at a time. Written once and never changed.

    `day` is the day of `time` in the time zone that the tenant had then. `edition` says in which invoice it counts:
    0 is the one of its own month, 1 the first that came after that one was final, and so on.
    """

    id = models.BigAutoField(primary_key=True)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    service = models.ForeignKey(
        MeteredService, models.PROTECT, related_name="+", db_index=False, db_constraint=False, verbose_name=_("service")
    )
    day = models.DateField(_("day"))
    time = models.DateTimeField(_("time"))
    key = models.UUIDField(_("key"))
    source = models.CharField(_("source"), max_length=200)
    event_id = models.CharField(_("event ID"), max_length=200)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=20, decimal_places=6)
    received_at = models.DateTimeField(_("received"))
    edition = models.PositiveSmallIntegerField(_("edition"))

    class Meta:
        verbose_name = _("usage event")
        verbose_name_plural = _("usage events")
        constraints = [TenantPolicy(name="usageevent_tenant_policy", rights="SELECT, INSERT")]

    def __str__(self) -> str:
        return self.event_id


class UsageDay(OfService):
    """What the events of a day and edition that one source sent come to: their sum, or of a gauge their highest value.

    Of a gauge `last_time`, `last_id` and `last_quantity` are the newest event, by (time, id); source: design §14.9.
    `digest` is SHA-256 over the keys and quantities of the events, once an invoice stands on them. What is taken out of
    the count later stays in here: corrections are rows of their own.
    """

    day = models.DateField(_("day"))
    source = models.CharField(_("source"), max_length=200)
    quantity = models.DecimalField(_("quantity"), max_digits=30, decimal_places=6)
    edition = models.PositiveSmallIntegerField(_("edition"))
    events = models.PositiveBigIntegerField(_("events"))
    last_time = models.DateTimeField(_("newest"), null=True)
    last_id = models.CharField(_("ID of the newest"), max_length=200, db_collation="C", null=True)  # noqa: DJ001
    last_quantity = models.DecimalField(_("quantity of the newest"), max_digits=20, decimal_places=6, null=True)
    digest = models.CharField(_("digest"), max_length=64, blank=True)

    class Meta:
        ordering = ["day"]
        verbose_name = _("day of usage")
        verbose_name_plural = _("days of usage")
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "service", "day", "source", "edition"], name="usageday_once"),
        ]
        indexes = [
            models.Index(fields=["tenant", "id"], name="usageday_of_tenant"),
            BrinIndex(fields=["day"], name="usageday_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.service}, {date_format(self.day)}"


class UsageMonths(models.QuerySet["UsageMonth"]):
    """Which invoice takes a month of usage in. Sources: metering rules R7, R8."""

    def waiting(self) -> Self:
        """Those that wait for the invoice of their own month. Where that was drawn before a service was first used in
        it, the next invoice takes in what is left."""
        drawn = Invoice.objects.filter(tenant=OuterRef("tenant"), month=OuterRef("month"))
        return self.filter(~Exists(drawn), edition=0)

    def with_taker(self) -> Self:
        """Each with `taker`, the month whose invoice takes in what none has yet: its own; after that one was drawn, for
        late usage and the first usage of a service, the next that waits. None where nothing is left or none waits."""
        waiting = UsageMonth.objects.waiting().filter(tenant=OuterRef("tenant"), month__gte=OuterRef("month"))
        taker = Subquery(waiting.order_by("month").values("month")[:1])
        return self.annotate(taker=Case(When(Q(edition=0) | Q(has_late=True), then=taker)))

    def to_take_in(self) -> Self:
        """What an invoice that is still to come takes in, with its `taker`."""
        return self.with_taker().filter(taker__isnull=False)

    def taken_in_by(self, month: Month) -> Self:
        """What the month's invoice takes in, if it is still to be drawn; without one it is the draft."""
        left = self.filter(Q(edition=0) | Q(has_late=True), month__lte=month.first)
        return left.with_taker().filter(taker=month.first)


class UsageMonth(OfService):
    """What a service comes to in a month of the tenant's calendar, and what is allowed.

    `total` is the sum of its events, of a gauge the highest of them; `carried` is a gauge's value when the month began,
    `average` its average over time as of the last look; `adjusted` are corrections by hand. `used` is the number that
    counts by the tariff. `users` is the most users with a plan at once, so far as of `users_as_of`; `allowance` is None
    until that was looked up, or where there is no tariff. `edition` is the number of invoices that have taken the month
    in; `has_late` says that something came after the last of them.
    """

    month = models.DateField(_("month"))
    tariff = models.ForeignKey(Tariff, models.PROTECT, null=True, related_name="+", db_index=False)
    rated_by = models.CharField(_("what counts"), max_length=10, choices=RatedBy, default=RatedBy.TOTAL)
    users = models.PositiveIntegerField(_("users"), default=0)
    users_as_of = models.DateTimeField(_("users as of"), null=True)
    allowance = models.DecimalField(_("allowance"), max_digits=30, decimal_places=6, null=True)
    total = models.DecimalField(_("total"), max_digits=30, decimal_places=6, default=0)
    events = models.PositiveBigIntegerField(_("events"), default=0)
    last_time = models.DateTimeField(_("newest"), null=True)
    last_id = models.CharField(_("ID of the newest"), max_length=200, db_collation="C", null=True)  # noqa: DJ001
    last_quantity = models.DecimalField(_("quantity of the newest"), max_digits=20, decimal_places=6, null=True)
    carried = models.DecimalField(_("when the month began"), max_digits=20, decimal_places=6, null=True)
    average = models.DecimalField(_("average"), max_digits=20, decimal_places=6, null=True)
    adjusted = models.DecimalField(_("adjusted"), max_digits=30, decimal_places=6, default=0)
    edition = models.PositiveSmallIntegerField(_("edition"), default=0)
    has_late = models.BooleanField(_("has late usage"), default=False)
    used = models.GeneratedField(
        verbose_name=_("used"),
        expression=F("adjusted")
        + Case(
            When(rated_by="total", then=F("total")),
            When(rated_by="peak", then=Greatest(F("total"), Coalesce(F("carried"), ZERO))),
            When(rated_by="last", then=Coalesce(F("last_quantity"), F("carried"), ZERO)),
            When(rated_by="average", then=Coalesce(F("average"), ZERO)),
        ),
        output_field=models.DecimalField(max_digits=30, decimal_places=6),
        db_persist=True,
    )

    objects = UsageMonths.as_manager()
    taker: date | None

    class Meta:
        ordering = ["-month", "service__sort_order"]
        verbose_name = _("month of usage")
        verbose_name_plural = _("months of usage")
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "service", "month"], name="usagemonth_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="usagemonth_begins_on_the_first"),
            models.CheckConstraint(
                condition=Q(has_late=False) | Q(edition__gt=0), name="usagemonth_late_after_an_invoice"
            ),
        ]
        indexes = [
            models.Index(fields=["month", "tenant"], condition=Q(edition=0), name="usagemonth_not_invoiced"),
            models.Index(fields=["tenant", "month"], condition=Q(has_late=True), name="usagemonth_late"),
            BrinIndex(fields=["month"], name="usagemonth_by_month"),
        ]

    def __str__(self) -> str:
        return f"{self.service}, {month_text(Month(self.month))}"

    @property
    def terms(self) -> Terms:
        """What its tariff says; without one it is for nothing. The row comes with its tariff."""
        return self.tariff.terms if self.tariff else FREE

    @property
    def rating(self) -> Rating:
        """What it comes to so far."""
        return rate(self.terms, used=self.used, users=self.users)


class UsageAlert(OfService):
    """A fact: the use of a month came to so many percent of its allowance. Once per month and threshold, written in the
    transaction that counted; `used`, `allowance` and `users` are as they were then. Source: metering rules R16–R18."""

    month = models.DateField(_("month"))
    threshold = models.PositiveSmallIntegerField(_("percent"))
    used = models.DecimalField(_("used"), max_digits=30, decimal_places=6)
    allowance = models.DecimalField(_("allowance"), max_digits=30, decimal_places=6)
    users = models.PositiveIntegerField(_("users"))
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ["-at", "-threshold"]
        verbose_name = _("usage alert")
        verbose_name_plural = _("usage alerts")
        constraints = [
            TenantPolicy(name="usagealert_tenant_policy", rights="SELECT, INSERT"),
            models.UniqueConstraint(fields=["tenant", "service", "month", "threshold"], name="usagealert_once"),
            models.CheckConstraint(
                condition=Q(threshold__in=[50, 85, 100, 150, 200]), name="usagealert_at_a_threshold"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-at"], name="usagealert_of_tenant"),
            models.Index(fields=["at"], name="usagealert_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.service}, {month_text(Month(self.month))}: {self.threshold} %"
