"""Django admin, for support staff: price lists to publish, usage to look at, and corrections."""

from metering.admin import catalogue, corrections, events, invoices, uncounted, usage

__all__ = ["catalogue", "corrections", "events", "invoices", "uncounted", "usage"]
