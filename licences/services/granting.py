"""Support gives what a request asks for, or something else that helps: another limit, or the next licence set with
another plan, another number of seats or an add-on.

The approval, what is given, and that it is done stand in one transaction: all of it, or nothing. The tenant's history
is locked before the request, as whoever changes a tenant's licences locks it first. Sources: design §7 and §14.7.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from licences.catalogue.entries import Catalogue
from licences.catalogue.published import published_catalogue
from licences.contracts import Contract, contract_in, rows_of
from licences.models import (
    AddOn,
    CustomerRequest,
    Licence,
    LicenceOwner,
    LicenceSet,
    LicenceType,
    Restriction,
    SuitePlan,
    Tenant,
    User,
)
from licences.services.customer_requests import approve, fulfil, lock_undecided
from licences.services.history import lock_history
from licences.services.imagined_sets import imagined_issues
from licences.services.issuing import issue_set, latest_issue
from licences.services.licence_sets import Issue, LicenceDates, LicenceLine, SetRefused
from licences.services.limits import override_limit

log = structlog.get_logger(__name__)

Gives = CustomerRequest.Wants
LONGEST_WHY = 300


@dataclass(frozen=True, slots=True)
class Gift:
    """What is given. `limit` is the whole new limit, None for no limit, until `ends_at` or for ever; `total` are all
    the seats that there will be, of `licence` or, on CRM Suite, of the plan.

    `looked_at` is what there was when it was chosen: the limit in force, or the number of the owner's last issue.
    """

    gives: Gives
    restriction: Restriction | None = None
    limit: int | None = None
    ends_at: datetime | None = None
    suite_plan: SuitePlan | None = None
    licence: Licence | None = None
    total: int | None = None
    add_on: AddOn | None = None
    looked_at: int | None = None

    def measured_against(self, looked_at: int | None) -> Self:
        """The same, chosen with this in view."""
        return replace(self, looked_at=looked_at)


class NothingChanges(SetRefused):
    """The tenant has it already."""


class SetWaits(SetRefused):
    """A set waits to be activated: one that follows the set in force would take away what that one brings."""


class LimitMovedOn(SetRefused):
    """The limit is another one by now, so what was looked at is not what would change."""


def looked_at(tenant: Tenant, gift: Gift) -> int | None:
    """What there is now of what it would change."""
    if gift.restriction is not None:
        return gift.restriction.limit
    own = gift.licence.licence_set.owner if gift.gives == Gives.SEATS and gift.licence is not None else None
    return latest_issue(tenant, own or LicenceOwner.objects.get(is_vendor=True))


def issue_with(tenant: Tenant, gift: Gift) -> Issue:
    """The licence set that gives it: the present one with what is new, its dates as they are.

    Raises NothingChanges, SetWaits, and SetRefused for seats whose number follows from the plans.
    """
    issue = _issue_that_gives(tenant, gift)
    waiting = LicenceSet.objects.pending().filter(tenant=tenant, owner=issue.owner).first()
    if waiting is not None:
        said = _("Issue %(number)d waits to be activated. Have it activated, or issue anew.")
        raise SetWaits(said % {"number": waiting.issue_number})
    return issue


def _issue_that_gives(tenant: Tenant, gift: Gift) -> Issue:
    if gift.add_on is not None:
        return _issue_with_add_on(tenant, gift.add_on)
    totals = {gift.licence: gift.total} if gift.licence is not None and gift.total is not None else {}
    issues = imagined_issues(tenant, totals, suite_plan=gift.suite_plan)
    if not issues:
        raise NothingChanges(_("That is what there is already: choose another plan or number."))
    (issue,) = issues
    if gift.gives == Gives.SEATS and gift.licence is not None:
        given = {line.type.pk: line.total for line in issue.lines}
        if given.get(gift.licence.type_id) != gift.total:
            raise SetRefused(_("The plans say how many there are of this licence: give more seats of a plan."))
    return issue


def _issue_with_add_on(tenant: Tenant, add_on: AddOn) -> Issue:
    owner = LicenceOwner.objects.get(is_vendor=True)
    sets = LicenceSet.objects.active().filter(tenant=tenant, owner=owner)
    present = sets.select_related("suite_plan").first()
    rows = list(present.licences.select_related("type")) if present else []
    lines = {row.type.code: LicenceLine(row.type, row.total, row.name, row.tier) for row in rows}
    catalogue = published_catalogue()
    now = _contract(rows, present, catalogue)
    wanted = Contract(now.plans, {*now.add_ons, add_on.code}, now.suite_plan, now.seats, now.singles)
    if now.suite_plan or not now.plans or add_on.code not in {entry.code for entry in catalogue.add_ons}:
        raise SetRefused(_("Add-ons go with user plans, and this tenant's licence set has none."))
    brought = {row.code: row for row in rows_of(wanted, catalogue=catalogue) if row.code not in lines}
    if not brought:
        raise NothingChanges(_("The tenant has everything already that this add-on brings."))
    for kind in LicenceType.objects.filter(owner=owner, code__in=brought):
        row = brought[kind.code]
        lines[kind.code] = LicenceLine(kind, row.number, row.name, row.tier)
    return _next(tenant, owner, present, list(lines.values()))


def _contract(rows: list[Licence], present: LicenceSet | None, catalogue: Catalogue) -> Contract:
    numbers = {(row.type.code, row.tier or 0): row.total for row in rows}
    plan = present.suite_plan if present else None
    known = {entry.code for entry in catalogue.suite_plans}
    return contract_in(numbers, suite_plan=plan.code if plan and plan.code in known else "", catalogue=catalogue)


def _next(tenant: Tenant, owner: LicenceOwner, present: LicenceSet | None, lines: list[LicenceLine]) -> Issue:
    names = LicenceDates.__slots__
    dates = LicenceDates(**{name: getattr(present, name, None) for name in names})
    version = present.version if present else ""
    return Issue(owner, latest_issue(tenant, owner) + 1, lines, version=version, dates=dates)


@transaction.atomic
def approve_with(
    asked: CustomerRequest, gift: Gift, *, text: str, by: User, fulfil_too: bool = True
) -> CustomerRequest:
    """Say yes and give it. What is in force at once is fulfilled with it, unless `fulfil_too` is off; a licence set
    that waits for the tenant leaves the request approved.

    Raises MovedOn, and SetRefused with why it cannot be given; then nothing has changed.
    """
    tenant = Tenant.objects.get(pk=asked.tenant_id)
    lock_history(tenant)
    asked = lock_undecided(asked)
    issue = None if gift.gives == Gives.LIMIT else issue_with(tenant, gift)
    granted = said_of(tenant, gift, issue)
    why = f"{asked.number} {asked.title}"[:LONGEST_WHY]
    is_done = _override(gift, why=why, by=by) if issue is None else _issue(tenant, issue, gift, why=why, by=by)
    if issue is not None:
        granted["waits"] = not is_done
    approved = approve(asked, text=text, by=by, granted=granted)
    log.info(
        "request_granted", tenant_id=tenant.pk, request_id_of_customer=asked.pk, gives=gift.gives, by_user_id=by.pk
    )
    return fulfil(approved, by=by) if is_done and fulfil_too else approved


def _override(gift: Gift, *, why: str, by: User) -> bool:
    if gift.restriction is None:
        raise ValueError(gift)
    # Its row is not locked, but the limits of a tenant change under the history's lock alone.
    rows = Restriction.objects.select_related("tenant", "type")
    restriction = rows.get(tenant=gift.restriction.tenant_id, pk=gift.restriction.pk)
    if restriction.limit != gift.looked_at:
        raise LimitMovedOn(_("The limit has been changed meanwhile. Look at what there is now, then approve again."))
    override_limit(restriction, limit=gift.limit, ends_at=gift.ends_at, reason=why, by=by)
    return True


def _issue(tenant: Tenant, issue: Issue, gift: Gift, *, why: str, by: User) -> bool:
    """Whether it is in force."""
    issued = issue_set(
        tenant,
        owner=issue.owner,
        follows=gift.looked_at or 0,
        lines=issue.lines,
        dates=issue.dates,
        version=issue.version,
        suite_plan=issue.suite_plan,
        why=why,
        by=by,
    )
    return issued.state == LicenceSet.State.ACTIVE


def said_of(tenant: Tenant, gift: Gift, issue: Issue | None) -> dict[str, Any]:
    """What `granted` keeps: what is given, by its code and its name, before and after, and by which licence set; of a
    set also `waits`, whether it waits to be activated."""
    said: dict[str, Any] = {"gives": str(gift.gives)}
    if issue is not None:
        said |= {"owner": issue.owner.code, "issue": issue.number}
    if gift.restriction is not None:
        kind, until = gift.restriction.type, gift.ends_at.isoformat() if gift.ends_at else None
        return said | {
            "code": kind.code,
            "name": kind.name,
            "before": gift.looked_at,
            "after": gift.limit,
            "until": until,
        }
    if gift.suite_plan is not None:
        before = tenant.suite_plan.name if tenant.suite_plan else ""
        said |= {"code": gift.suite_plan.code, "name": gift.suite_plan.name, "before": before}
        return said | ({"seats": gift.total} if gift.total is not None else {})
    if gift.licence is not None:
        own = {"code": gift.licence.type.code, "name": gift.licence.name}
        return said | own | {"before": gift.licence.total, "after": gift.total}
    return said | ({"code": gift.add_on.code, "name": gift.add_on.name} if gift.add_on else {})
