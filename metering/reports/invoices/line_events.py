"""The events that a line of an invoice stands on, exactly: page by page of a day, or all of them for a file.
Source: metering rules R25.
"""

from collections.abc import Iterator
from datetime import date

from licences.models import Tenant
from metering.models import InvoiceLine
from metering.periods import Month
from metering.reports.events.listed import EventPage, EventRow, Place, events_of_day, every_event


def event_page(tenant: Tenant, line: InvoiceLine, day: date, *, before: str = "") -> EventPage:
    """Those of one day, newest first; `before` is a place as the page before gives it, and every other text begins
    anew."""
    return events_of_day(tenant, line.service, day, before=Place.read(before), edition=line.edition)


def line_events(tenant: Tenant, line: InvoiceLine, day: date | None) -> Iterator[EventRow]:
    """All of the line in their order, or of one day."""
    first, last = (day, day) if day else (line.month, Month(line.month).last)
    return every_event(tenant, line.service, first, last, edition=line.edition)
