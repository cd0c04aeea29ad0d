"""What a product back end says that its days come to. Source: metering rules §19.14."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from licences.models import Tenant
from metering.models import MeteredService, ProducerTotal


def report_totals(
    tenant: Tenant, totals: Mapping[MeteredService, Decimal], *, day: date, source: str, at: datetime | None = None
) -> None:
    """Keep the totals that a source reports of a day; what it said of them before is no more. Others stay. `at` is when
    it said so: now.

    One statement, in the order of services: of several at once the last one holds, whole.
    """
    now = at or timezone.now()
    ProducerTotal.objects.bulk_create(
        [
            ProducerTotal(tenant=tenant, service=service, day=day, source=source, quantity=quantity, reported_at=now)
            for service, quantity in sorted(totals.items(), key=lambda total: total[0].pk)
        ],
        update_conflicts=True,
        unique_fields=["tenant", "service", "day", "source"],
        update_fields=["quantity", "reported_at"],
    )
