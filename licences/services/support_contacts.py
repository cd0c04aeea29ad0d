"""Whom of a tenant's the support desk talks to."""

from collections.abc import Sequence
from typing import Final

import structlog
from django.db import transaction

from licences.models import SupportContact, Tenant, User

log = structlog.get_logger(__name__)

MOST: Final = 2


@transaction.atomic
def name_contacts(tenant: Tenant, users: Sequence[User], *, by: User) -> None:
    """These, in this order, and nobody else; at most two. Who names others at the same moment waits, and wins."""
    if len(users) > MOST:
        raise ValueError("at most two are named")
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    SupportContact.objects.filter(tenant=tenant).delete()
    SupportContact.objects.bulk_create(
        SupportContact(tenant=tenant, user=user, place=place) for place, user in enumerate(users, start=1)
    )
    log.info("support_contacts_named", tenant_id=tenant.pk, users=[user.pk for user in users], by_user_id=by.pk)
