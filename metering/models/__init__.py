"""What a tenant did, against what it may."""

from metering.models.facts import UsageDifference
from metering.models.invoices import Correction, Invoice, InvoiceLine
from metering.models.services import MeteredService, RatedBy, Tariff
from metering.models.uncounted import ProducerTotal, RepeatDay, UncountedEvent
from metering.models.usage import EventKey, UsageAlert, UsageDay, UsageEvent, UsageMonth

__all__ = [
    "Correction",
    "EventKey",
    "Invoice",
    "InvoiceLine",
    "MeteredService",
    "ProducerTotal",
    "RatedBy",
    "RepeatDay",
    "Tariff",
    "UncountedEvent",
    "UsageAlert",
    "UsageDay",
    "UsageDifference",
    "UsageEvent",
    "UsageMonth",
]
