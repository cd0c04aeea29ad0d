"""What customers are promised when they ask: business hours, targets, and the clocks that run against them."""

from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantForeignKey, TenantPolicy
from config.tenancy.models import TenantOwned
from licences.models.customer_requests import CustomerRequest
from licences.models.tenants import check_time_zone


class BusinessCalendar(models.Model):
    """When somebody is at the support desk: a zone, a week, and days that differ. A change is a new `version`.

    `week` has seven lists, Monday first, of [from, to] as "HH:MM"; "24:00" is the end of the day.
    """

    code = models.SlugField(_("code"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    name = models.CharField(_("name"), max_length=100)
    time_zone = models.CharField(_("time zone"), max_length=60, validators=[check_time_zone])
    week = models.JSONField(_("week"))

    class Meta:
        ordering = ["code", "-version"]
        verbose_name = _("business calendar")
        verbose_name_plural = _("business calendars")
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="businesscalendar_version_once")]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class CalendarDay(models.Model):
    """A day that is not as its weekday: closed, or open at other times (`intervals` as in a week's day)."""

    calendar = models.ForeignKey(BusinessCalendar, models.CASCADE, related_name="days", verbose_name=_("calendar"))
    day = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=100)
    intervals = models.JSONField(_("open"), default=list, blank=True)
    source = models.CharField(_("source"), max_length=200)

    class Meta:
        ordering = ["day"]
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        constraints = [models.UniqueConstraint(fields=["calendar", "day"], name="calendarday_once")]

    def __str__(self) -> str:
        return f"{self.day}: {self.name}"


class ServicePolicy(models.Model):
    """What is promised, from a day on, by which calendar. `day_minutes` is what a business day is worth."""

    code = models.SlugField(_("code"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    name = models.CharField(_("name"), max_length=100)
    calendar = models.ForeignKey(BusinessCalendar, models.PROTECT, related_name="+", verbose_name=_("calendar"))
    day_minutes = models.PositiveSmallIntegerField(_("minutes of a business day"), default=480)
    valid_from_on = models.DateField(_("valid from"))
    goal_percent = models.PositiveSmallIntegerField(_("to be met in more than (percent)"), default=90)

    class Meta:
        ordering = ["code", "-version"]
        verbose_name = _("service policy")
        verbose_name_plural = _("service policies")
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="servicepolicy_version_once")]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"


class Metric(models.TextChoices):
    RESPONSE = "response", _("First answer")
    SOLUTION = "solution", _("Solution")


class ServiceTarget(models.Model):
    """How long one metric may take at one urgency, in the unit in which it was promised."""

    class Unit(models.TextChoices):
        BUSINESS_MINUTES = "business_minutes", _("business minutes")
        BUSINESS_DAYS = "business_days", _("business days")
        BUSINESS_DAY_HOURS = "business_day_hours", _("hours of business days, around the clock")

    policy = models.ForeignKey(ServicePolicy, models.CASCADE, related_name="targets", verbose_name=_("policy"))
    urgency = models.CharField(_("urgency"), max_length=10, choices=CustomerRequest.Urgency)
    metric = models.CharField(_("metric"), max_length=10, choices=Metric)
    unit = models.CharField(_("unit"), max_length=20, choices=Unit)
    amount = models.PositiveIntegerField(_("amount"))

    class Meta:
        ordering = ["policy", "urgency", "metric"]
        verbose_name = _("service target")
        verbose_name_plural = _("service targets")
        constraints = [
            models.UniqueConstraint(fields=["policy", "urgency", "metric"], name="servicetarget_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="servicetarget_takes_some_time"),
        ]

    def __str__(self) -> str:
        return f"{self.policy} {self.urgency} {self.metric}"


class ServiceClock(TenantOwned):
    """How one metric of one request stands: worked out from the request's events, kept for the queue.

    It counts by `calendar`: the policy's as it is now, or as it was when the clock stopped. `due_at` is None while it
    is paused. It runs until `stopped_at`; `is_met` is known then.
    """

    request = models.ForeignKey(
        CustomerRequest,
        models.CASCADE,
        related_name="clocks",
        db_constraint=False,
        db_index=False,
        verbose_name=_("request"),
    )
    metric = models.CharField(_("metric"), max_length=10, choices=Metric)
    policy = models.ForeignKey(ServicePolicy, models.PROTECT, related_name="+", verbose_name=_("policy"))
    calendar = models.ForeignKey(
        BusinessCalendar, models.PROTECT, related_name="+", db_index=False, verbose_name=_("calendar")
    )
    started_at = models.DateTimeField(_("started"))
    target_minutes = models.PositiveIntegerField(_("target in minutes"))
    around_the_clock = models.BooleanField(_("around the clock on business days"), default=False)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True)
    left_minutes = models.IntegerField(_("minutes left when paused or stopped"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    is_met = models.BooleanField(_("met"), null=True, blank=True)

    class Meta:
        ordering = ["due_at", "id"]
        verbose_name = _("service clock")
        verbose_name_plural = _("service clocks")
        constraints = [
            *TenantOwned.Meta.constraints,
            TenantForeignKey(name="serviceclock_request_of_tenant", field="request"),
            models.UniqueConstraint(fields=["tenant", "id"], name="serviceclock_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "request", "metric"], name="serviceclock_once"),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, is_met__isnull=True)
                | Q(stopped_at__isnull=False, is_met__isnull=False, paused_at__isnull=True),
                name="serviceclock_met_or_not_exactly_when_stopped",
            ),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True) | Q(due_at__isnull=True), name="serviceclock_not_due_while_paused"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(stopped_at__isnull=True), name="serviceclock_running"),
        ]

    def __str__(self) -> str:
        return f"{self.metric}: {self.due_at}"


class DeadlineFact(TenantOwned):
    """A clock came near its deadline, or went past it: once each. With `by_reclassifying` it was past the moment that
    the urgency changed, not because nobody worked."""

    class Kind(models.TextChoices):
        NEAR = "near", _("Near the deadline")
        BREACHED = "breached", _("Past the deadline")

    clock = models.ForeignKey(
        ServiceClock, models.CASCADE, related_name="+", db_constraint=False, db_index=False, verbose_name=_("clock")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    due_at = models.DateTimeField(_("due"))
    at = models.DateTimeField(_("noted"))
    by_reclassifying = models.BooleanField(_("by another urgency"), default=False)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("deadline fact")
        verbose_name_plural = _("deadline facts")
        constraints = [
            TenantPolicy(name="deadlinefact_tenant_policy", rights="SELECT, INSERT"),
            TenantForeignKey(name="deadlinefact_clock_of_tenant", field="clock"),
            models.UniqueConstraint(fields=["tenant", "clock", "kind"], name="deadlinefact_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.due_at}"


class SupportBudget(TenantOwned):
    """The support time that comes with a month: one hour per 1000 users, by the users there were when it began."""

    month = models.DateField(_("month"))
    users = models.PositiveIntegerField(_("users"))
    minutes = models.PositiveIntegerField(_("minutes"))

    class Meta:
        ordering = ["-month"]
        verbose_name = _("support budget")
        verbose_name_plural = _("support budgets")
        constraints = [
            TenantPolicy(name="supportbudget_tenant_policy", rights="SELECT, INSERT"),
            models.UniqueConstraint(fields=["tenant", "month"], name="supportbudget_once_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="supportbudget_month_begins_on_its_first"),
        ]

    def __str__(self) -> str:
        return f"{self.month}: {self.minutes} min"


class SupportTime(TenantOwned):
    """Minutes that the support desk worked on a request."""

    request = models.ForeignKey(
        CustomerRequest,
        models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("request"),
    )
    minutes = models.PositiveIntegerField(_("minutes"))
    at = models.DateTimeField(_("at"))
    by_name = models.CharField(_("by"), max_length=200)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("support time")
        verbose_name_plural = _("support times")
        constraints = [
            TenantPolicy(name="supporttime_tenant_policy", rights="SELECT, INSERT"),
            TenantForeignKey(name="supporttime_request_of_tenant", field="request"),
            models.CheckConstraint(condition=Q(minutes__gt=0), name="supporttime_of_something"),
        ]
        indexes = [models.Index(fields=["tenant", "at"], name="supporttime_of_month")]

    def __str__(self) -> str:
        return f"{self.minutes} min"
