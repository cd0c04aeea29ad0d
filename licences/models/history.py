"""What was changed about a tenant's licences: append-only, and chained so that a change of the past shows."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantForeignKey, TenantPolicy
from config.tenancy.models import TenantOwned
from licences.models.licence_sets import Licence
from licences.models.users import User


class HistoryHead(TenantOwned):
    """How long a tenant's history is, and the hash that it ends in.

    Whoever changes a tenant's licences, seats or tokens locks this row first and writes the history last, so such
    changes follow one another and none waits for another in a circle.
    """

    length = models.PositiveBigIntegerField(_("length"), default=0)
    hash = models.CharField(_("hash"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("end of the history")
        verbose_name_plural = _("ends of histories")
        constraints = [
            TenantPolicy(name="historyhead_tenant_policy", rights="SELECT, INSERT, UPDATE"),
            models.UniqueConstraint(fields=["tenant"], name="historyhead_once_per_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.length}"


class HistoryEntry(TenantOwned):
    """One change: who made it, when, what it was, how it was before and after, and why.

    `number` counts from 1 without a gap; `hash` is SHA-256 over everything else in the row and the hash of the entry
    before (licences/services/history.py). `by_name` says who it was also where `by` cannot: support staff, a product
    back end, the system itself. `before` and `after` hold what changed by name; a name that is in neither did not.
    """

    class Action(models.TextChoices):
        SEAT_ASSIGNED = "seat_assigned", _("Seat assigned")
        SEAT_RELEASED = "seat_released", _("Seat released")
        LOGIN_SWITCHED = "login_switched", _("Can log in switched")
        USER_ADDED = "user_added", _("User added")
        USER_CHANGED = "user_changed", _("User changed")
        USER_REMOVED = "user_removed", _("Adding a user undone")
        LEFT = "left", _("Marked as former employee")
        RETURNED = "returned", _("Back from former employee")
        SET_RECEIVED = "set_received", _("Licence set received")
        SET_ACTIVATED = "set_activated", _("Licence set activated")
        SET_REMOVED = "set_removed", _("Licences of an owner removed")
        LIMIT_SET = "limit_set", _("Plan limit changed")
        TOKEN_MADE = "token_made", _("API token made")
        TOKEN_REVOKED = "token_revoked", _("API token revoked")
        CONTACTS_NAMED = "contacts_named", _("Support contacts named")

    number = models.PositiveBigIntegerField(_("number"))
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("by"),
    )
    by_name = models.CharField(_("who"), max_length=200)
    action = models.CharField(_("what"), max_length=20, choices=Action)
    user = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False, verbose_name=_("user")
    )
    licence = models.ForeignKey(
        Licence,
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("licence"),
    )
    subject = models.CharField(_("of"), max_length=400)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    why = models.CharField(_("why"), max_length=300, blank=True)
    hash = models.CharField(_("hash"), max_length=64)

    class Meta:
        ordering = ["-number"]
        verbose_name = _("history entry")
        verbose_name_plural = _("history entries")
        constraints = [
            TenantPolicy(name="historyentry_tenant_policy", rights="SELECT, INSERT"),
            TenantForeignKey(name="historyentry_by_of_tenant", field="by"),
            TenantForeignKey(name="historyentry_user_of_tenant", field="user"),
            TenantForeignKey(name="historyentry_licence_of_tenant", field="licence"),
            models.UniqueConstraint(fields=["tenant", "number"], name="historyentry_number_once"),
        ]
        indexes = [
            models.Index(fields=["tenant", "user", "-number"], name="historyentry_of_user"),
            models.Index(fields=["tenant", "licence", "-number"], name="historyentry_of_licence"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.action} {self.subject}"
