"""Support issues a licence set to a tenant: the next in line of an owner's."""

from collections.abc import Sequence

import structlog
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from licences.models import LicenceOwner, LicenceSet, SuitePlan, Tenant, User
from licences.services.history import lock_history
from licences.services.licence_sets import Issue, LicenceDates, LicenceLine, SetRefused, receive_set

log = structlog.get_logger(__name__)


class OvertakenByAnother(SetRefused):
    """Another set has come in since the present one was looked at, so its numbers are not what was changed."""


def latest_issue(tenant: Tenant, owner: LicenceOwner) -> int:
    """The number of the last issue that came in, in force or not; 0 before the first."""
    sets = LicenceSet.objects.filter(tenant=tenant, owner=owner).order_by()
    return int(sets.aggregate(latest=Max("issue_number"))["latest"] or 0)


@transaction.atomic
def issue_set(
    tenant: Tenant,
    *,
    owner: LicenceOwner,
    follows: int,
    lines: Sequence[LicenceLine],
    dates: LicenceDates,
    version: str,
    suite_plan: SuitePlan | None,
    why: str,
    by: User,
) -> LicenceSet:
    """Issue the set that comes after issue `follows`, and have the tenant receive it.

    Raises OvertakenByAnother and the other refusals of receive_set, and then nothing has changed.
    """
    lock_history(tenant)
    if latest_issue(tenant, owner) != follows:
        raise OvertakenByAnother(_("Another licence set has come in meanwhile. Look at its numbers, then issue again."))
    issue = Issue(owner, follows + 1, lines, version=version, dates=dates, suite_plan=suite_plan)
    issued = receive_set(tenant, issue, by=by, why=why)
    log.info("licence_set_issued", tenant_id=tenant.pk, licence_set_id=issued.pk, by_user_id=by.pk)
    return issued
