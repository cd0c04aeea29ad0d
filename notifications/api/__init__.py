"""The API of notifications: what the system is doing, and what product back ends report that they do."""

from ninja import Router

from notifications.api import system_events

router = Router()
router.add_router("", system_events.router)

PROBLEMS = system_events.PROBLEMS
