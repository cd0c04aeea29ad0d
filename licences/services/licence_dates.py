"""The dates of licence sets that administrators are told of: each is written down once, when its day has come.

Whoever tells people reads the rows. Sources: design §5, domain facts §5.3.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import structlog
from django.db import DatabaseError
from django.db.models import Q
from django.utils import timezone

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import LicenceDateReached, LicenceSet, Tenant

log = structlog.get_logger(__name__)

Milestone = LicenceDateReached.Milestone

DAYS_BEFORE_EXPIRY: Final = {
    Milestone.DAYS_30: timedelta(days=30),
    Milestone.DAYS_14: timedelta(days=14),
    Milestone.DAYS_7: timedelta(days=7),
    Milestone.DAYS_1: timedelta(days=1),
}
A_DAY: Final = timedelta(days=1)
"""In no time zone is it later than a day after UTC's."""


def note_all_dates_reached() -> None:
    """Note what is due for every tenant, each in its own scope. What fails for one is logged and keeps no other."""
    latest = timezone.now().date() + A_DAY
    with support_scope("note which licence dates are reached", routine=True):
        coming = Q(warn_from_on__lte=latest) | Q(expires_on__lte=latest + max(DAYS_BEFORE_EXPIRY.values()))
        tenants = list(Tenant.objects.filter(pk__in=LicenceSet.objects.active().filter(coming).values("tenant")))
    for tenant in tenants:
        try:
            with tenant_scope(tenant.pk):
                note_dates_reached(tenant)
        except DatabaseError:
            log.exception("licence_dates_not_noted", tenant_id=tenant.pk)


def note_dates_reached(tenant: Tenant) -> None:
    """Write down each milestone of the active sets that the tenant's calendar has come to, also those of days on which
    nobody looked. Whoever does the same at the same time does no harm."""
    today = tenant.today
    reached = LicenceDateReached.objects.filter(tenant=tenant)
    noted = set(reached.values_list("licence_set", "milestone"))
    LicenceDateReached.objects.bulk_create(
        [
            milestone
            for licence_set in LicenceSet.objects.active().filter(tenant=tenant, expires_on__isnull=False)
            for milestone in milestones(licence_set, tenant)
            if milestone.due_on <= today and (licence_set.pk, milestone.milestone) not in noted
        ],
        ignore_conflicts=True,
    )


def milestones(licence_set: LicenceSet, tenant: Tenant) -> Iterator[LicenceDateReached]:
    """The milestones of an active set, not saved. Those whose day was over when it was activated passed without it;
    but a set that is activated after its warning date is warned of at once."""
    expires_on, warn_from_on, activated_at = licence_set.expires_on, licence_set.warn_from_on, licence_set.activated_at
    if expires_on is None or warn_from_on is None or activated_at is None:
        return
    activated_on = activated_at.astimezone(tenant.zone).date()
    left = expires_on - activated_on
    days = {milestone: expires_on - before for milestone, before in DAYS_BEFORE_EXPIRY.items() if before <= left}
    for milestone, due_on in {Milestone.WARNING: max(warn_from_on, activated_on), **days}.items():
        yield LicenceDateReached(
            tenant=tenant,
            licence_set=licence_set,
            milestone=milestone,
            due_on=due_on,
            expires_on=expires_on,
            noted_at=timezone.now(),
        )
