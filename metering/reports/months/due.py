"""Which months wait for their invoice. Sources: design §8, metering rules R7."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Min

from licences.models import Tenant
from metering.models import UsageMonth
from metering.periods import GRACE, Month


def due_months(now: datetime) -> Mapping[Tenant, Month]:
    """The tenants that an invoice can be drawn for, each with its earliest month that has none; in order of their ids.

    Sees every tenant that the running scope sees.
    """
    newest = Month.of((now - GRACE + timedelta(days=1)).date()).plus(-1)
    rows = UsageMonth.objects.waiting().filter(month__lte=newest.first).order_by("tenant")
    earliest = dict(rows.values_list("tenant").annotate(Min("month")))
    tenants = Tenant.objects.filter(pk__in=earliest).order_by("pk")
    months = ((tenant, Month(earliest[tenant.pk])) for tenant in tenants)
    return {tenant: month for tenant, month in months if month.closes(tenant.zone) <= now}
