"""The dates of licences, told by mail: to each administrator who can log in, once for each date that was reached.

The facts are `LicenceDateReached` rows. What is told is in the outbox, which takes the same for the same address once.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone

from config.mails import Mail, compose_mail
from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import LicenceDateReached, LicenceSet, Tenant, User
from licences.services.accounts import administrators_who_can_log_in
from notifications.models import OutboxEntry
from notifications.services.mail import KIND

log = structlog.get_logger(__name__)

ABOUT: Final = "licence-date:"
OLD: Final = timedelta(days=14)
"""A date that passed longer ago is no news, not even to a console that begins to send mail today."""
MORNING: Final = time(8)
"""Dates are reached at midnight; who gets mail then is asleep, or wakes up."""


def tell_of_licence_dates() -> None:
    """Write to the administrators of every tenant with a date that is not told. What fails for one keeps no other."""
    with support_scope("whom to tell of licence dates", routine=True):
        tenants = list(Tenant.objects.filter(pk__in=_untold().values("tenant")))
    for tenant in tenants:
        try:
            with tenant_scope(tenant.pk):
                _tell(tenant)
        except DatabaseError:
            log.exception("licence_dates_not_told", tenant_id=tenant.pk)


def _untold() -> QuerySet[LicenceDateReached]:
    """The latest date that each active set has come to, where nobody was told of it yet. Earlier ones are no news."""
    reached = LicenceDateReached.objects.filter(
        licence_set__state=LicenceSet.State.ACTIVE, noted_at__gte=timezone.now() - OLD
    )
    of_set = reached.filter(tenant=OuterRef("tenant"), licence_set=OuterRef("licence_set"))
    later = of_set.filter(Q(due_on__gt=OuterRef("due_on")) | Q(due_on=OuterRef("due_on"), pk__gt=OuterRef("pk")))
    told = OutboxEntry.objects.filter(
        tenant=OuterRef("tenant"), kind=KIND, about=Concat(Value(ABOUT), Cast(OuterRef("pk"), CharField()))
    )
    return reached.filter(~Exists(later), ~Exists(told)).order_by("pk")


def _tell(tenant: Tenant) -> None:
    """One mail for each set and administrator, in the morning where they are."""
    addresses: dict[str, User] = {}
    for user in administrators_who_can_log_in(tenant).exclude(email="").order_by("pk"):
        addresses.setdefault(user.email.casefold(), user)
    for fact in _untold().filter(tenant=tenant, due_on__gte=tenant.today - OLD).select_related("licence_set__owner"):
        waiting = LicenceSet.objects.pending().filter(tenant=tenant, owner=fact.licence_set.owner).exists()
        for user in addresses.values():
            mail = licence_date_mail(fact.licence_set, tenant=tenant, to=user, new_one_waits=waiting)
            mail.about = f"{ABOUT}{fact.pk}"
            mail.not_before = datetime.combine(tenant.today, MORNING, tzinfo=tenant.zone).astimezone(UTC)
            try:
                mail.send()
            except ValueError:  # what stands on record is no address
                log.warning("licence_date_not_told", user_id=user.pk)


def licence_date_mail(licence_set: LicenceSet, *, tenant: Tenant, to: User, new_one_waits: bool) -> Mail:
    """What expires, when, in how many days, what happens then, and where to do something about it."""
    owner, today = licence_set.owner, tenant.today
    days_left = licence_set.days_left(today) or 0
    page = reverse("licences:superoffice") if owner.is_vendor else reverse("licences:owner", args=[owner.code])
    context = {
        "name": to.full_name,
        "tenant": tenant,
        "owner": owner,
        "owner_is_vendor": owner.is_vendor,
        "licence_set": licence_set,
        "days_left": days_left,
        "days_over": -days_left,
        "is_stopped": licence_set.standing(today) == LicenceSet.Standing.STOPPED,
        "new_one_waits": new_one_waits,
        "url": settings.BASE_URL + page,
    }
    return compose_mail("licence_date", context, to=to.email, language=tenant.language, zone=tenant.zone)
