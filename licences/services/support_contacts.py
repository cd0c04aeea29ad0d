"""Whom of a tenant's the support desk talks to."""

from collections.abc import Sequence
from typing import Final

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from licences.models import HistoryEntry, SupportContact, Tenant, User
from licences.services.history import Change, lock_history, record

log = structlog.get_logger(__name__)

MOST: Final = 2


@transaction.atomic
def name_contacts(tenant: Tenant, users: Sequence[User], *, by: User) -> None:
    """These, in this order, and nobody else; at most two. Who names others at the same moment waits, and wins. The
    history has it, when they are others than before."""
    if len(users) > MOST:
        raise ValueError("at most two are named")
    head = lock_history(tenant)
    named = SupportContact.objects.filter(tenant=tenant).select_related("user")
    before, after = [each.user for each in named.order_by("place")], list(users)
    if before == after:
        return
    named.delete()
    SupportContact.objects.bulk_create(
        SupportContact(tenant=tenant, user=user, place=place) for place, user in enumerate(users, start=1)
    )
    record(head, [_change(before, after)], by=by)
    log.info("support_contacts_named", tenant_id=tenant.pk, users=[user.pk for user in users], by_user_id=by.pk)


def _change(before: Sequence[User], after: Sequence[User]) -> Change:
    """By name, as they are shown."""
    were, are = ([user.full_name for user in users] for users in (before, after))
    what = HistoryEntry.Action.CONTACTS_NAMED
    return Change(what, _("Support contacts"), before={"contacts": were}, after={"contacts": are})
