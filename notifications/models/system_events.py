"""A system event is a lock and a record: it runs at most once at a time, and stays to be read."""

from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantForeignKey, TenantPolicy
from config.tenancy.models import TenantOwned
from licences.models import Tenant, User
from licences.models.login_holds import meant_for
from notifications.event_kinds import NOTICE_IN_WORDS, NOTICE_MEANING, Notice

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

STALLED_AFTER = timedelta(minutes=2)
"""Without a heartbeat for this long, what is running counts as stalled. Source: metering rules, R28."""


class SystemEventQuerySet(models.QuerySet["SystemEvent"]):
    def of(self, tenant: Tenant) -> Self:
        """The tenant's events. Row-level security says the same; saying it here lets PostgreSQL use the index."""
        return self.filter(tenant=tenant)

    def active(self) -> Self:
        return self.filter(status__in=SystemEvent.ACTIVE)

    def stalled(self) -> Self:
        """As `is_stalled` tells it of one."""
        silent = self.filter(status=SystemEvent.Status.RUNNING, heartbeat_at__lt=timezone.now() - STALLED_AFTER)
        return silent.exclude(source=SystemEvent.CONSOLE, key__in=Notice.values)

    def notices(self) -> Self:
        """What people set by hand."""
        return self.filter(source=SystemEvent.CONSOLE, key__in=Notice.values)

    def meant_for(self, user: User) -> Self:
        """Those of everybody, of the user's primary group, or of the user alone."""
        return self.filter(meant_for(user))

    def read_by_group(self, user: User) -> Self:
        """What a member reads like everybody in their primary group: what is everybody's, and the group's own."""
        return self.exclude(scope__in=SystemEvent.FOR_SOME) | self.meant_for(user).exclude(scope=SystemEvent.Scope.USER)

    def read_alone_by(self, user: User) -> Self:
        """What a member reads beside that: what is meant for them alone, or is a group's and was started by them."""
        own = self.meant_for(user).filter(scope=SystemEvent.Scope.USER) | self.filter(activated_by=user.pk)
        return own.filter(scope__in=SystemEvent.FOR_SOME)


class SystemEvent(TenantOwned):
    """One execution (`run`) of what `key` names, reported by `source`.

    At most one event per tenant, key, scope and owner is active, whoever reports it. Percent is whole, 0 to 100, and
    None while unknown; `done` and `total` are rows. A status that has ended never changes again. `seq` numbers the
    reports of a product back end: one that is not newer than the last says nothing new.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Scope(models.TextChoices):
        SYSTEM = "system", _("Whole system")
        DATABASE = "database", _("Database")
        GROUP = "group", _("Group")
        USER = "user", _("User")

    ACTIVE = (Status.QUEUED, Status.RUNNING)
    FOR_SOME = (Scope.GROUP, Scope.USER)
    CONSOLE = "console"

    source = models.CharField(_("source"), max_length=200, default=CONSOLE)
    key = models.CharField(_("key"), max_length=254)
    run = models.CharField(_("run"), max_length=100, default="1")
    name = models.CharField(_("event"), max_length=200)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.QUEUED)
    percent = models.PositiveSmallIntegerField(_("percent"), null=True, blank=True)
    done = models.PositiveBigIntegerField(_("rows done"), null=True, blank=True)
    total = models.PositiveBigIntegerField(_("rows in all"), null=True, blank=True)
    message = models.CharField(_("message"), max_length=254, blank=True)
    description = models.TextField(_("description"), blank=True)
    scope = models.CharField(_("type"), max_length=10, choices=Scope, default=Scope.SYSTEM)
    owner = models.CharField(_("applies to"), max_length=100, blank=True)
    activated_at = models.DateTimeField(_("activated"))
    activated_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("activated by"),
    )
    expected_at = models.DateTimeField(_("expected end"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"))
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    seq = models.PositiveBigIntegerField(_("number of the last report"), null=True, blank=True)
    cancel_asked_at = models.DateTimeField(_("asked to cancel"), null=True, blank=True)

    objects = SystemEventQuerySet.as_manager()

    class Meta:
        ordering = ["-activated_at", "-id"]
        verbose_name = _("system event")
        verbose_name_plural = _("system events")
        constraints = [
            *TenantOwned.Meta.constraints,
            TenantForeignKey(name="systemevent_activated_by_of_tenant", field="activated_by"),
            models.UniqueConstraint(fields=["tenant", "id"], name="systemevent_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "source", "key", "run"], name="systemevent_run_once"),
            models.UniqueConstraint(
                fields=["tenant", "key", "scope", "owner"],
                condition=Q(status__in=["queued", "running"]),
                name="systemevent_one_active",
            ),
            models.CheckConstraint(condition=Q(percent__lte=100), name="systemevent_percent_up_to_100"),
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="systemevent_done_within_total"),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running"], finished_at__isnull=True)
                | (~Q(status__in=["queued", "running"]) & Q(finished_at__isnull=False)),
                name="systemevent_finished_exactly_when_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-activated_at", "-id"], name="systemevent_newest"),
            models.Index(
                fields=["tenant", "owner"], condition=Q(scope__in=["group", "user"]), name="systemevent_for_some"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.status})"

    # Labels of our own, because `get_…_display` translates every choice to say one, and a list has many rows.

    @property
    def status_label(self) -> "StrOrPromise":
        if self.is_notice:
            return _("Active") if self.is_active else _("Ended")
        return self.Status(self.status).label

    @property
    def scope_label(self) -> "StrOrPromise":
        return self.Scope(self.scope).label

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE

    @property
    def is_notice(self) -> bool:
        """Somebody set it by hand, and it stays until somebody ends it."""
        return self.source == self.CONSOLE and self.key in Notice

    @property
    def meaning(self) -> "StrOrPromise":
        """What the notice means; empty for every other event."""
        return NOTICE_MEANING[Notice(self.key)] if self.is_notice else ""

    @property
    def in_words(self) -> "StrOrPromise":
        """What the name of the notice says in plain words; empty for every other event."""
        return NOTICE_IN_WORDS.get(Notice(self.key), "") if self.is_notice else ""

    @property
    def is_under_way(self) -> bool:
        """It moves by itself, so it is worth looking again soon: a notice only stands there."""
        return self.is_active and not self.is_notice

    @property
    def is_stopping(self) -> bool:
        """It was asked to cancel, and has not come to it yet."""
        return self.is_active and self.cancel_asked_at is not None

    @property
    def is_past_expected_end(self) -> bool:
        """A notice that should have been ended by now: none ends by itself."""
        expected = self.expected_at
        return self.is_notice and self.is_active and expected is not None and expected < timezone.now()

    @property
    def is_stalled(self) -> bool:
        """It says that it runs, and has given no sign of life for too long."""
        is_running = self.status == self.Status.RUNNING and not self.is_notice
        return is_running and timezone.now() - self.heartbeat_at > STALLED_AFTER


class EventChange(TenantOwned):
    """One step in the life of a system event: append-only, read below its description. `by_name` also says who it was
    where `by` cannot: a product back end, support staff, the system itself."""

    event = models.ForeignKey(
        SystemEvent,
        models.CASCADE,
        related_name="changes",
        db_constraint=False,
        db_index=False,
        verbose_name=_("event"),
    )
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("by"),
    )
    by_name = models.CharField(_("who"), max_length=200)
    status = models.CharField(_("status"), max_length=10, choices=SystemEvent.Status)
    note = models.CharField(_("note"), max_length=254, blank=True)

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("step of a system event")
        verbose_name_plural = _("steps of system events")
        constraints = [
            TenantPolicy(name="eventchange_tenant_policy", rights="SELECT, INSERT, DELETE"),
            TenantForeignKey(name="eventchange_event_of_tenant", field="event", on_delete="CASCADE"),
            TenantForeignKey(name="eventchange_by_of_tenant", field="by"),
        ]
        indexes = [models.Index(fields=["tenant", "event", "id"], name="eventchange_of_event")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.status}"

    @property
    def status_label(self) -> "StrOrPromise":
        return SystemEvent.Status(self.status).label
