"""What a tenant asks the vendor for: an upgrade or support, from the question to the answer."""

from typing import Final, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantForeignKey, TenantPolicy
from config.tenancy.models import TenantOwned
from licences.models.catalogue import AddOn, SuitePlan
from licences.models.licence_sets import Licence
from licences.models.restrictions import Restriction
from licences.models.users import User

CLOSED: Final = ("declined", "fulfilled", "withdrawn")


def number_of(request_id: int) -> str:
    return f"R-{request_id:06}"


class CustomerRequestQuerySet(models.QuerySet["CustomerRequest"]):
    def open(self) -> Self:
        return self.exclude(state__in=CLOSED)

    def closed(self) -> Self:
        return self.filter(state__in=CLOSED)


class CustomerRequest(TenantOwned):
    """One request of a tenant. Its thread is `RequestEvent`, its deadlines are `ServiceClock`. Source: design §7.

    `wants` names what an upgrade asks for, and the field of that name holds it; `quantity` is how much: the limit that
    is asked for, or how many seats more. `evidence` says how things stood when it was sent. `facts` are what the
    support form asks for. `taken_by_name` is the login ID of whoever of support has it. Every change of state is made
    by licences/services/customer_requests.
    """

    class Kind(models.TextChoices):
        UPGRADE = "upgrade", _("Upgrade")
        SUPPORT = "support", _("Support")

    class Wants(models.TextChoices):
        LIMIT = "limit", _("More capacity")
        PLAN = "plan", _("A bigger plan")
        SEATS = "seats", _("More seats")
        ADD_ON = "add_on", _("An add-on")

    class Urgency(models.TextChoices):
        HIGH = "high", _("High")
        MIDDLE = "middle", _("Medium")
        LOW = "low", _("Low")

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("Submitted")
        IN_PROGRESS = "in_progress", _("In progress")
        WAITING = "waiting", _("Waiting for customer")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        FULFILLED = "fulfilled", _("Fulfilled")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    wants = models.CharField(_("asks for"), max_length=10, choices=Wants, blank=True)
    restriction = models.ForeignKey(
        Restriction,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("limit"),
    )
    suite_plan = models.ForeignKey(
        SuitePlan, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("plan")
    )
    licence = models.ForeignKey(
        Licence,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("licence"),
    )
    add_on = models.ForeignKey(AddOn, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("add-on"))
    quantity = models.PositiveIntegerField(_("how many"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("why"), max_length=4000)
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    evidence = models.JSONField(_("evidence"), default=dict, blank=True)
    contact_name = models.CharField(_("contact"), max_length=200)
    contact_email = models.EmailField(_("e-mail"))
    contact_phone = models.CharField(_("phone"), max_length=40, blank=True)
    affected_users = models.PositiveIntegerField(_("users affected"))
    all_users = models.PositiveIntegerField(_("of users"))
    urgency = models.CharField(_("urgency"), max_length=10, choices=Urgency)
    is_security = models.BooleanField(_("about security"), default=False)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.SUBMITTED)
    state_since = models.DateTimeField(_("since"))
    submitted_at = models.DateTimeField(_("submitted"))
    submitted_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", db_constraint=False, db_index=False, verbose_name=_("submitted by")
    )
    taken_by_name = models.CharField(_("taken by"), max_length=200, blank=True)
    granted = models.JSONField(_("granted"), default=dict, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = CustomerRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_at", "-id"]
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        constraints = [
            TenantPolicy(name="customerrequest_tenant_policy", rights="SELECT, INSERT, UPDATE"),
            TenantForeignKey(name="customerrequest_restriction_of_tenant", field="restriction"),
            TenantForeignKey(name="customerrequest_licence_of_tenant", field="licence"),
            TenantForeignKey(name="customerrequest_submitted_by_of_tenant", field="submitted_by"),
            models.UniqueConstraint(fields=["tenant", "id"], name="customerrequest_tenant_id"),
            models.UniqueConstraint(
                fields=["tenant", "restriction"],
                condition=Q(restriction__isnull=False) & ~Q(state__in=CLOSED),
                name="customerrequest_one_open_per_restriction",
            ),
            models.CheckConstraint(
                condition=(Q(kind="support", wants="") | (Q(kind="upgrade") & ~Q(wants="")))
                & (Q(wants="limit", restriction__isnull=False) | ~Q(wants="limit"))
                & (Q(wants="plan", suite_plan__isnull=False) | ~Q(wants="plan"))
                & (Q(wants="seats", quantity__isnull=False, quantity__gt=0) | ~Q(wants="seats"))
                & (Q(wants="add_on", add_on__isnull=False) | ~Q(wants="add_on")),
                name="customerrequest_names_what_it_wants",
            ),
            models.CheckConstraint(
                condition=Q(all_users__gt=0, affected_users__lte=F("all_users")),
                name="customerrequest_affects_no_more_than_all",
            ),
            models.CheckConstraint(
                condition=Q(state__in=CLOSED, closed_at__isnull=False)
                | (~Q(state__in=CLOSED) & Q(closed_at__isnull=True)),
                name="customerrequest_closed_exactly_when_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-submitted_at"], name="customerrequest_newest"),
            models.Index(fields=["state_since"], condition=~Q(state__in=CLOSED), name="customerrequest_open"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def number(self) -> str:
        """How people name it."""
        return number_of(self.pk)

    @property
    def state_name(self) -> str:
        """As the desk calls it: a support request is not approved but solved."""
        is_solved = self.kind == self.Kind.SUPPORT and self.state == self.State.APPROVED
        return gettext("Solved") if is_solved else self.get_state_display()

    @property
    def is_open(self) -> bool:
        return self.state not in CLOSED

    @property
    def is_undecided(self) -> bool:
        """Support has still to say yes or no: until then the customer may withdraw it."""
        return self.is_open and self.state != self.State.APPROVED


class RequestEvent(TenantOwned):
    """What happened to a request, and what was said: append-only. `by` is a user of the tenant, None for support staff,
    who have no tenant; `by_name` says who it was. An `is_internal` one is read by support alone. `form_key` is of the
    form that said it: a form that is sent twice is taken once."""

    class Kind(models.TextChoices):
        SUBMITTED = "submitted", _("Submitted")
        TAKEN = "taken", _("Taken")
        ANSWERED = "answered", _("Answered")
        ASKED = "asked", _("Asked the customer")
        REPLIED = "replied", _("Customer replied")
        NOTED = "noted", _("Noted")
        RECLASSIFIED = "reclassified", _("Urgency changed")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        FULFILLED = "fulfilled", _("Fulfilled")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    request = models.ForeignKey(
        CustomerRequest,
        models.CASCADE,
        related_name="events",
        db_constraint=False,
        db_index=False,
        verbose_name=_("request"),
    )
    kind = models.CharField(_("what"), max_length=20, choices=Kind)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False, db_index=False
    )
    by_name = models.CharField(_("who"), max_length=200)
    is_of_support = models.BooleanField(_("of support"), default=False)
    is_internal = models.BooleanField(_("for support alone"), default=False)
    text = models.TextField(_("text"), max_length=4000, blank=True)
    data = models.JSONField(_("data"), default=dict, blank=True)
    form_key = models.UUIDField(_("key of the form"), null=True, blank=True)

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("event of a request")
        verbose_name_plural = _("events of requests")
        constraints = [
            TenantPolicy(name="requestevent_tenant_policy", rights="SELECT, INSERT"),
            TenantForeignKey(name="requestevent_request_of_tenant", field="request"),
            TenantForeignKey(name="requestevent_by_of_tenant", field="by"),
            models.UniqueConstraint(fields=["tenant", "id"], name="requestevent_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "form_key"], name="requestevent_form_once"),
            models.CheckConstraint(
                condition=Q(is_internal=False) | Q(is_of_support=True), name="requestevent_internal_is_of_support"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "request", "at"], name="requestevent_of_request"),
            models.Index(fields=["at"], name="requestevent_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at}"


class RequestFile(TenantOwned):
    """A file that came with a request or with a reply to it, a log or a picture: at most 5 MiB. It is forgotten when
    the request has been closed for long (licences/services/retention.py)."""

    request = models.ForeignKey(
        CustomerRequest,
        models.CASCADE,
        related_name="files",
        db_constraint=False,
        db_index=False,
        verbose_name=_("request"),
    )
    event = models.ForeignKey(
        RequestEvent,
        models.CASCADE,
        related_name="files",
        db_constraint=False,
        db_index=False,
        verbose_name=_("came with"),
    )
    name = models.CharField(_("name"), max_length=200)
    size_bytes = models.PositiveIntegerField(_("size"))
    content = models.BinaryField(_("content"))
    at = models.DateTimeField(_("when"))

    class Meta:
        ordering = ["id"]
        verbose_name = _("file of a request")
        verbose_name_plural = _("files of requests")
        constraints = [
            TenantPolicy(name="requestfile_tenant_policy", rights="SELECT, INSERT", support="SELECT, INSERT, DELETE"),
            TenantForeignKey(name="requestfile_request_of_tenant", field="request"),
            TenantForeignKey(name="requestfile_event_of_tenant", field="event"),
            models.CheckConstraint(condition=Q(size_bytes__lte=5 * 1024 * 1024), name="requestfile_at_most_5_mib"),
        ]
        indexes = [models.Index(fields=["tenant", "request"], name="requestfile_of_request")]

    def __str__(self) -> str:
        return self.name


class SupportContact(TenantOwned):
    """Whom of the tenant's the support desk talks to: at most two are named. Source: design §14.7."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="+", db_constraint=False, db_index=False, verbose_name=_("user")
    )
    place = models.PositiveSmallIntegerField(_("place"))

    class Meta:
        ordering = ["place"]
        verbose_name = _("support contact")
        verbose_name_plural = _("support contacts")
        constraints = [
            *TenantOwned.Meta.constraints,
            TenantForeignKey(name="supportcontact_user_of_tenant", field="user"),
            models.UniqueConstraint(fields=["tenant", "place"], name="supportcontact_place_once"),
            models.UniqueConstraint(fields=["tenant", "user"], name="supportcontact_user_once"),
            models.CheckConstraint(condition=Q(place__in=[1, 2]), name="supportcontact_at_most_two"),
        ]

    def __str__(self) -> str:
        return f"{self.user}"
