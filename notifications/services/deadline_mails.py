"""Deadlines of requests that are near or were missed, told by mail: to the support desk and to whoever has the request.

The facts are `DeadlineFact` rows, one of each kind per promise. Source: design §7.
"""

from typing import Final

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from config.mails import Mail, compose_mail
from config.tenancy.scopes import support_scope
from licences.models import DeadlineFact, Tenant, User
from licences.reports.desk import wish_of
from notifications.services.telling import OLD, not_told, send, tell_each, title_of

ABOUT: Final = "deadline:"
REFERRED_TO: Final = ("restriction__type", "suite_plan", "licence", "add_on")


def tell_of_deadlines() -> None:
    """Write to the desk about every deadline that is near or was missed."""
    tell_each(_untold(), _tell, what="deadlines")


def _untold() -> QuerySet[DeadlineFact]:
    """That a deadline is near is news only while the promise is open, and not after it was missed."""
    missed = DeadlineFact.objects.filter(
        tenant=OuterRef("tenant"), clock=OuterRef("clock"), kind=DeadlineFact.Kind.BREACHED
    )
    no_news = Q(kind=DeadlineFact.Kind.NEAR) & (Q(clock__stopped_at__isnull=False) | Q(Exists(missed)))
    facts = DeadlineFact.objects.filter(~no_news, not_told(ABOUT), at__gte=timezone.now() - OLD)
    referred = (f"clock__request__{name}" for name in REFERRED_TO)
    return facts.select_related("clock__calendar", *referred).order_by("at", "pk")


def _tell(fact: DeadlineFact, tenant: Tenant) -> None:
    for address in _readers(fact.clock.request.taken_by_name):
        send(deadline_mail(fact, tenant=tenant, to=address), about=f"{ABOUT}{fact.pk}")


def _readers(taken_by_name: str) -> list[str]:
    """The desk, and whoever has the request: support staff belong to no tenant, and are looked up apart."""
    with support_scope("who has the request", routine=True):
        takers = User.objects.able_to_log_in().filter(role=User.Role.SUPPORT, login_id=taken_by_name).exclude(email="")
        addresses = [settings.SUPPORT_DESK_EMAIL, *takers.values_list("email", flat=True)]
    return list({address.casefold(): address for address in addresses if address}.values())


def deadline_mail(fact: DeadlineFact, *, tenant: Tenant, to: str) -> Mail:
    """Which promise, until when, and to whom, in the desk's own time."""
    request = fact.clock.request
    context = {
        "tenant": tenant,
        "fact": fact,
        "is_missed": fact.kind == DeadlineFact.Kind.BREACHED,
        "promise": fact.clock.get_metric_display(),
        "asked": request,
        "title": title_of(request),
        "wish": wish_of(request),
        "url": settings.BASE_URL + reverse("admin:licences_customerrequest_change", args=[request.pk]),
    }
    return compose_mail("deadline", context, to=to, zone=fact.clock.calendar.zone)
