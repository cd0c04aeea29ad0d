"""Requests of customers, from the question to the answer: every change of state is made here, under the request's lock.

Each change writes an event and has the clocks follow, in one transaction; mail tells of events (notifications).
Sources: design §7 and §14.7.
"""

from licences.services.customer_requests.moves import (
    MovedOn,
    answer,
    approve,
    ask,
    decline,
    fulfil,
    lock_undecided,
    note,
    reclassify_request,
    reply,
    take,
    withdraw,
)
from licences.services.customer_requests.room import UNDECIDED, OpenAlready, TooMany
from licences.services.customer_requests.sending import Contact, Wish, submit_request

__all__ = [
    "UNDECIDED",
    "Contact",
    "MovedOn",
    "OpenAlready",
    "TooMany",
    "Wish",
    "answer",
    "approve",
    "ask",
    "decline",
    "fulfil",
    "lock_undecided",
    "note",
    "reclassify_request",
    "reply",
    "submit_request",
    "take",
    "withdraw",
]
