"""Plan limits that are near or reached, told by mail: to each administrator who can log in, once for each crossing.

The facts are `LimitCrossing` rows, of which there is one per episode. Source: design §6.
"""

from typing import Final

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from config.mails import Mail, compose_mail
from licences.indicator import percent_used
from licences.models import LimitCrossing, Tenant, User
from notifications.services.telling import OLD, administrators, not_told, send, tell_each

ABOUT: Final = "limit-crossing:"


def tell_of_limits() -> None:
    """Write to administrators about every limit that was come near or reached."""
    tell_each(_untold(), _tell, what="limits")


def _untold() -> QuerySet[LimitCrossing]:
    """The last crossing of each limit, where nobody was told of it yet: when 85 and 100 % come at once, or before
    anybody looks, the latter is all there is to say."""
    of_limit = LimitCrossing.objects.filter(tenant=OuterRef("tenant"), restriction=OuterRef("restriction"))
    later = of_limit.filter(
        Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), threshold__gt=OuterRef("threshold")),
    )
    crossings = LimitCrossing.objects.filter(not_told(ABOUT), ~Exists(later), at__gte=timezone.now() - OLD)
    return crossings.select_related("restriction__type").order_by("at", "pk")


def _tell(crossing: LimitCrossing, tenant: Tenant) -> None:
    for user in administrators(tenant):
        send(limit_mail(crossing, tenant=tenant, to=user), about=f"{ABOUT}{crossing.pk}")


def limit_mail(crossing: LimitCrossing, *, tenant: Tenant, to: User) -> Mail:
    """How much is in use of how much, what happens at the limit, and what helps."""
    context = {
        "name": to.full_name,
        "tenant": tenant,
        "crossing": crossing,
        "kind": crossing.restriction.type,
        "is_reached": crossing.threshold == 100,
        "percent": percent_used(crossing.used, crossing.limit),
        "left": crossing.limit - crossing.used,
        "plans_url": settings.BASE_URL + reverse("licences:plans"),
        "url": settings.BASE_URL + reverse("licences:status"),
    }
    return compose_mail("limit", context, to=to.email, language=tenant.language, zone=tenant.zone)
