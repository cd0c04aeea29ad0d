"""The API of the metered services: what was used comes in, what it comes to goes out."""

from ninja import Router

from metering.api import alerts, events, invoices, producer_totals, usage

router = Router()
for part in (events, usage, invoices, alerts, producer_totals):
    router.add_router("", part.router)

PROBLEMS = (*events.PROBLEMS, *producer_totals.PROBLEMS)
