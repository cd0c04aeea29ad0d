"""The API of licences: what a tenant owns, what its users may use, and what products report of users."""

from ninja import Router

from licences.api import entitlements, holds, last_use, licence_list

router = Router()
for part in (licence_list, entitlements, holds, last_use):
    router.add_router("", part.router)

PROBLEMS = last_use.PROBLEMS
