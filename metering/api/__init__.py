"""The API of the metered services: what was used comes in, what it comes to goes out."""

from ninja import Router

from metering.api import events

router = Router()
for part in (events,):
    router.add_router("", part.router)

PROBLEMS = (*events.PROBLEMS,)
