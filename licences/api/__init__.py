"""The API of licences: what a tenant owns, what its users may use, what its plan still has room for, and what products
report of it."""

from ninja import Router

from licences.api import entitlements, fencing, holds, last_use, licence_list, reservations, restrictions

router = Router()
for part in (licence_list, entitlements, restrictions, reservations, fencing, holds, last_use):
    router.add_router("", part.router)

PROBLEMS = (*restrictions.PROBLEMS, *reservations.PROBLEMS, *last_use.PROBLEMS)
