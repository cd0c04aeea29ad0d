"""What a tenant did, against what it may."""

from metering.models.differences import UsageDifference
from metering.models.invoices import Correction, Invoice, InvoiceLine
from metering.models.producer_totals import ProducerTotal
from metering.models.services import MeteredService, RatedBy, Tariff
from metering.models.uncounted import RepeatDay, UncountedEvent
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
