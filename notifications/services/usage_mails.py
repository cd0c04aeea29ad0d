"""Usage that comes near what is included, or goes beyond it, told by mail: to each administrator who can log in, once
for each month, service and threshold.

The facts are `UsageAlert` rows. Half of an allowance is no news worth a mail: it stands on the page, and in the API.
Sources: design §8, metering rules R16–R20.
"""

from typing import Final

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from config.mails import Mail, compose_mail
from licences.models import Tenant, User
from metering.models import Tariff, UsageAlert, UsageMonth
from metering.periods import Month
from metering.rating import FREE, NEAR, allowance_formula, rate
from notifications.services.telling import OLD, administrators, not_told, send, tell_each

ABOUT: Final = "usage-alert:"


def tell_of_usage() -> None:
    """Write to administrators about every service whose use came near its allowance or beyond it."""
    tell_each(_untold(), _tell, what="usage")


def _untold() -> QuerySet[UsageAlert]:
    """The highest alert of each month and service, where nobody was told of it yet: it says all that the others would,
    and names them."""
    same = {name: OuterRef(name) for name in ("tenant", "service", "month")}
    higher = UsageAlert.objects.filter(**same, threshold__gt=OuterRef("threshold"))
    new = UsageAlert.objects.filter(threshold__gte=NEAR, at__gte=timezone.now() - OLD)
    alerts = new.filter(not_told(ABOUT), ~Exists(higher))
    return alerts.select_related("service").order_by("at", "pk")


def _tell(alert: UsageAlert, tenant: Tenant) -> None:
    same = UsageAlert.objects.filter(tenant=tenant, service=alert.service, month=alert.month, threshold__gte=NEAR)
    told = same.exclude(not_told(ABOUT)).aggregate(highest=Max("threshold", default=0))
    lower = same.filter(threshold__gt=told["highest"], threshold__lt=alert.threshold)
    passed = list(lower.order_by("threshold").values_list("threshold", flat=True))
    row = UsageMonth.objects.filter(tenant=tenant, service=alert.service, month=alert.month).select_related("tariff")
    of_month = row.first()
    tariff = of_month.tariff if of_month else None
    for user in administrators(tenant):
        send(usage_mail(alert, tariff, passed, tenant=tenant, to=user), about=f"{ABOUT}{alert.pk}")


def usage_mail(alert: UsageAlert, tariff: Tariff | None, passed: list[int], *, tenant: Tenant, to: User) -> Mail:
    """How much is used of how much, as it was at the moment of the alert; how the allowance comes about; and what goes
    beyond costs so far. `passed` are lower thresholds that nobody was told of."""
    terms = tariff.terms if tariff else FREE
    address = reverse("metering:service", args=[alert.service.code])
    context = {
        "name": to.full_name,
        "tenant": tenant,
        "alert": alert,
        "service": alert.service,
        "is_over": alert.threshold >= 100,
        "percent": int(100 * alert.used // alert.allowance) if alert.allowance else None,
        "left": alert.allowance - alert.used,
        "passed": ", ".join(f"{threshold} %" for threshold in passed),
        "tariff": tariff,
        "formula": allowance_formula(terms, alert.users),
        "rating": rate(terms, used=alert.used, users=alert.users),
        "url": f"{settings.BASE_URL}{address}?month={Month(alert.month)}",
    }
    return compose_mail("usage", context, to=to.email, language=tenant.language, zone=tenant.zone)
