"""The dates of licences, told by mail: to each administrator who can log in, once for each date that was reached.

The facts are `LicenceDateReached` rows. What is told is in the outbox, which takes the same for the same address once.
"""

from datetime import UTC, datetime, time
from typing import Final

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from config.mails import Mail, compose_mail
from licences.models import LicenceDateReached, LicenceSet, Tenant, User
from notifications.services.telling import OLD, administrators, not_told, send, tell_each

ABOUT: Final = "licence-date:"
MORNING: Final = time(8)
"""Dates are reached at midnight; who gets mail then is asleep, or wakes up."""


def tell_of_licence_dates() -> None:
    """Write to the administrators of every tenant with a date that is not told."""
    tell_each(_untold(), _tell, what="licence dates")


def _untold() -> QuerySet[LicenceDateReached]:
    """The latest date that each active set has come to, where nobody was told of it yet. Earlier ones are no news."""
    reached = LicenceDateReached.objects.filter(
        licence_set__state=LicenceSet.State.ACTIVE, noted_at__gte=timezone.now() - OLD
    )
    of_set = reached.filter(tenant=OuterRef("tenant"), licence_set=OuterRef("licence_set"))
    later = of_set.filter(Q(due_on__gt=OuterRef("due_on")) | Q(due_on=OuterRef("due_on"), pk__gt=OuterRef("pk")))
    return reached.filter(~Exists(later), not_told(ABOUT)).select_related("licence_set__owner").order_by("pk")


def _tell(fact: LicenceDateReached, tenant: Tenant) -> None:
    """One mail for each administrator, in the morning where they are."""
    if fact.due_on < tenant.today - OLD:
        return
    waiting = LicenceSet.objects.pending().filter(tenant=tenant, owner=fact.licence_set.owner).exists()
    for user in administrators(tenant):
        mail = licence_date_mail(fact.licence_set, tenant=tenant, to=user, new_one_waits=waiting)
        mail.not_before = datetime.combine(tenant.today, MORNING, tzinfo=tenant.zone).astimezone(UTC)
        send(mail, about=f"{ABOUT}{fact.pk}")


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
