"""What was used, what is allowed, what was invoiced. Rows are made one by one: counting is for `ingest`."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import factory

from config.tenancy import scopes
from metering.models import (
    Correction,
    EventKey,
    Invoice,
    InvoiceLine,
    ProducerTotal,
    RepeatDay,
    Tariff,
    UncountedEvent,
    UsageAlert,
    UsageDay,
    UsageDifference,
    UsageEvent,
    UsageMonth,
)
from metering.rating import Terms, plain, rate
from tests.factories.catalogue import CatalogueFactory, MeteredServiceFactory
from tests.factories.tenants import LONG_AGO, TenantOwnedFactory

SOURCE = "https://crm.example"
MONTH = date(2026, 1, 1)


class TariffFactory(CatalogueFactory):
    """500 and 20 more for each user are included; then each started 100 cost 2.50."""

    class Meta:
        model = Tariff

    service = factory.SubFactory(MeteredServiceFactory)
    currency = "EUR"
    valid_from = date(2020, 1, 1)
    rated_by = "total"
    allowance_base = Decimal(500)
    allowance_per_user = Decimal(20)
    block_size = Decimal(100)
    price_minor = Decimal(250)
    published_at = LONG_AGO
    published_by_name = "support"


class EventKeyFactory(TenantOwnedFactory):
    class Meta:
        model = EventKey

    key = factory.LazyFunction(uuid4)
    payload = factory.LazyFunction(uuid4)
    service = factory.SubFactory(MeteredServiceFactory)
    day = LONG_AGO.date()
    time = LONG_AGO


class UsageEventFactory(TenantOwnedFactory):
    class Meta:
        model = UsageEvent

    service = factory.SubFactory(MeteredServiceFactory)
    day = LONG_AGO.date()
    time = LONG_AGO
    key = factory.LazyFunction(uuid4)
    source = SOURCE
    event_id = factory.Sequence(lambda n: f"event-{n}")
    quantity = Decimal(1)
    received_at = LONG_AGO
    edition = 0


class UsageDayFactory(TenantOwnedFactory):
    class Meta:
        model = UsageDay

    service = factory.SubFactory(MeteredServiceFactory)
    day = factory.Sequence(lambda n: LONG_AGO.date() + timedelta(days=n))
    source = SOURCE
    quantity = Decimal(1)
    edition = 0
    events = 1


class UsageMonthFactory(TenantOwnedFactory):
    class Meta:
        model = UsageMonth

    service = factory.SubFactory(MeteredServiceFactory)
    month = MONTH


class UsageAlertFactory(TenantOwnedFactory):
    class Meta:
        model = UsageAlert

    service = factory.SubFactory(MeteredServiceFactory)
    month = MONTH
    threshold = 85
    used = Decimal(850)
    allowance = Decimal(1000)
    users = 25
    at = LONG_AGO


class UsageDifferenceFactory(TenantOwnedFactory):
    class Meta:
        model = UsageDifference

    service = factory.SubFactory(MeteredServiceFactory)
    day = factory.Sequence(lambda n: LONG_AGO.date() + timedelta(days=n))
    source = SOURCE
    edition = 0
    stored = Decimal(2)
    stored_events = 2
    found_by = "a test"
    found_at = LONG_AGO


class UncountedEventFactory(TenantOwnedFactory):
    class Meta:
        model = UncountedEvent

    key = factory.LazyFunction(uuid4)
    kind = UncountedEvent.Kind.REJECTED
    reason = "unknown-service"
    source = SOURCE
    event_id = factory.Sequence(lambda n: f"event-{n}")
    first_at = LONG_AGO
    last_at = LONG_AGO


class RepeatDayFactory(TenantOwnedFactory):
    class Meta:
        model = RepeatDay

    service = factory.SubFactory(MeteredServiceFactory)
    day = factory.Sequence(lambda n: LONG_AGO.date() + timedelta(days=n))
    source = SOURCE
    times = 1


class ProducerTotalFactory(TenantOwnedFactory):
    class Meta:
        model = ProducerTotal

    service = factory.SubFactory(MeteredServiceFactory)
    day = factory.Sequence(lambda n: LONG_AGO.date() + timedelta(days=n))
    source = SOURCE
    quantity = Decimal(1)
    reported_at = LONG_AGO


class OfSupportFactory(TenantOwnedFactory):
    """A tenant's row that only support writes."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class, *args, **kwargs):  # type: ignore[no-untyped-def]
        with scopes.support_scope("a test makes what support makes"):
            return super(TenantOwnedFactory, cls)._create(model_class, *args, **kwargs)


class CorrectionFactory(OfSupportFactory):
    class Meta:
        model = Correction

    service = factory.SubFactory(MeteredServiceFactory)
    month = MONTH
    kind = Correction.Kind.ADJUST
    quantity = Decimal(-10)
    reason = "A test mailing"
    edition = 0
    at = LONG_AGO
    by_name = "support"


class InvoiceFactory(TenantOwnedFactory):
    class Meta:
        model = Invoice

    month = factory.Sequence(lambda n: date(2000 + n // 12 % 900, n % 12 + 1, 1))
    number = factory.LazyAttribute(lambda invoice: f"{invoice.month:%Y-%m}")
    customer_name = factory.SelfAttribute("tenant.company_name")
    time_zone = "Europe/Oslo"
    currency = factory.SelfAttribute("tenant.currency")
    total_minor = 0
    finalised_at = LONG_AGO


def derivation_of(line: Any) -> dict[str, Any]:
    """As it is written down when a line is worked out, by the tariff of `TariffFactory` and for no users."""
    terms = Terms(Decimal(500), Decimal(20), block_size=Decimal(100), price_minor=Decimal(250))
    rating = rate(terms, used=Decimal(line.used), users=0)
    return {
        "month": f"{line.month:%Y-%m}",
        "time_zone": "Europe/Oslo",
        "tariff": f"{line.service} EUR 2020-01",
        "terms": terms.written(),
        "rated_by": "total",
        "numbers": {
            "total": plain(rating.used),
            "carried": None,
            "average": None,
            "adjusted": "0",
            "used": plain(rating.used),
        },
        "allowance_basis": {"base": "500", "per_user": "20", "users": 0, "formula": rating.formulas["allowance"]},
        "formulas": dict(rating.formulas),
        "rated": {
            "used": plain(rating.used),
            "overage": plain(rating.overage),
            "blocks": rating.blocks,
            "amount_minor": rating.amount_minor,
        },
        "corrections": [],
    }


class InvoiceLineFactory(TenantOwnedFactory):
    class Meta:
        model = InvoiceLine

    invoice = factory.SubFactory(InvoiceFactory, tenant=factory.SelfAttribute("..tenant"))
    service = factory.SubFactory(MeteredServiceFactory)
    kind = InvoiceLine.Kind.USAGE
    month = factory.SelfAttribute("invoice.month")
    edition = 0
    used = Decimal(1)
    allowance = Decimal(500)
    overage = Decimal(0)
    blocks = 0
    unit_price_minor = Decimal(250)
    amount_minor = 0
    derivation = factory.LazyAttribute(derivation_of)
    events = 1
    digest = "0" * 64
