"""Rows that break a rule of the metered services, by the constraint that refuses them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from uuid import UUID

from licences.models import Tenant
from tests import factories
from tests.refused_rows import of_another_tenant, twice

THE_SECOND = date(2026, 1, 2)
EVENT = UUID(int=7)


def voided(**other: object) -> object:
    said = {"kind": "void", "event_key": EVENT, "day": THE_SECOND}
    return factories.CorrectionFactory(**(said | other))


def a_change_of_currency() -> object:
    invoice = factories.InvoiceFactory()
    with factories.behind_the_policies():
        return Tenant.objects.filter(pk=invoice.tenant_id).update(currency="NOK")


METERING: dict[str, dict[str, Callable[[], object]]] = {
    "tariff_once_per_month": {"again": twice(factories.TariffFactory, "service", "currency", "valid_from")},
    "tariff_from_the_first_of_a_month": {"the second": lambda: factories.TariffFactory(valid_from=THE_SECOND)},
    "tariff_is_not_negative": {
        "less than nothing included": lambda: factories.TariffFactory(allowance_base=Decimal(-1)),
        "less for each user": lambda: factories.TariffFactory(allowance_per_user=Decimal("-0.000001")),
        "no block": lambda: factories.TariffFactory(block_size=Decimal(0)),
        "a price below nothing": lambda: factories.TariffFactory(price_minor=Decimal("-0.0001")),
    },
    "usageday_once": {"again": twice(factories.UsageDayFactory, "tenant", "service", "day", "source", "edition")},
    "usagemonth_once": {"again": twice(factories.UsageMonthFactory, "tenant", "service", "month")},
    "usagemonth_begins_on_the_first": {"the second": lambda: factories.UsageMonthFactory(month=THE_SECOND)},
    "usagemonth_late_after_an_invoice": {"before one": lambda: factories.UsageMonthFactory(has_late=True)},
    "usagealert_once": {"again": twice(factories.UsageAlertFactory, "tenant", "service", "month", "threshold")},
    "usagealert_at_a_threshold": {
        "none": lambda: factories.UsageAlertFactory(threshold=0),
        "at 99": lambda: factories.UsageAlertFactory(threshold=99),
    },
    "usagedifference_once": {
        "again": twice(factories.UsageDifferenceFactory, "tenant", "service", "day"),
    },
    "uncountedevent_once": {"again": twice(factories.UncountedEventFactory, "tenant", "key")},
    "uncountedevent_came": {"never": lambda: factories.UncountedEventFactory(times=0)},
    "repeatday_once": {"again": twice(factories.RepeatDayFactory, "tenant", "day", "service", "source")},
    "producertotal_once": {"again": twice(factories.ProducerTotalFactory, "tenant", "service", "day", "source")},
    "producertotal_is_not_negative": {"less": lambda: factories.ProducerTotalFactory(quantity=Decimal(-1))},
    "correction_names_the_event_it_voids": {
        "no event": lambda: voided(event_key=None),
        "no day": lambda: voided(day=None),
        "an adjustment of an event": lambda: voided(kind="adjust"),
        "some other kind": lambda: voided(kind="lost"),
    },
    "correction_has_a_reason": {"none": lambda: factories.CorrectionFactory(reason="")},
    "correction_voids_once": {
        "again": lambda: [voided(tenant=tenant) for tenant in [factories.TenantFactory()] * 2],
    },
    "invoice_in_the_tenants_currency": {
        "in another": lambda: factories.InvoiceFactory(currency="NOK"),
        "changed after it": a_change_of_currency,
    },
    "invoice_one_per_month": {"again": twice(factories.InvoiceFactory, "tenant", "month")},
    "invoice_month_begins_on_the_first": {"the second": lambda: factories.InvoiceFactory(month=THE_SECOND)},
    "invoiceline_invoice_of_tenant": {
        "another tenant's": of_another_tenant(factories.InvoiceLineFactory, invoice=factories.InvoiceFactory)
    },
    "invoiceline_one_per_service_and_month": {
        "again": twice(factories.InvoiceLineFactory, "tenant", "invoice", "service", "month")
    },
    "invoiceline_one_per_edition": {
        "on another invoice": twice(factories.InvoiceLineFactory, "tenant", "service", "month")
    },
    "invoiceline_usage_before_late": {
        "its own month's, after one": lambda: factories.InvoiceLineFactory(edition=1),
        "some other kind": lambda: factories.InvoiceLineFactory(kind="lost"),
    },
}
