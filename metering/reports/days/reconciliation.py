"""What was counted of a day, for a back end to hold its own totals against. Source: metering rules §19.14.

A day is one of the tenant's calendar. Of a gauge the highest value of the day is compared, of everything else the sum.
What support took out of the count stays in: it was sent, and the back end knows it too.
"""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.db.models import Max, Sum

from licences.models import Tenant
from metering.models import MeteredService, UsageDay


def counted_of_day(
    tenant: Tenant, services: Collection[MeteredService], *, day: date, source: str
) -> dict[MeteredService, Decimal]:
    """What was counted from the source on this day, whichever invoices it came to; 0 where nothing was."""
    days = UsageDay.objects.filter(tenant=tenant, day=day, source=source, service__in=services).order_by()
    rows = days.values_list("service").annotate(Sum("quantity"), Max("quantity"))
    found = {pk: (total, highest) for pk, total, highest in rows}
    nothing = (Decimal(0), Decimal(0))
    return {each: found.get(each.pk, nothing)[each.kind == MeteredService.Kind.GAUGE] for each in services}
