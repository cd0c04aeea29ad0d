"""Licence sets come in, wait or are activated, and go: what an owner licenses to a tenant, one issue after the other.

Activation is one transaction and swaps: a licence in force keeps its row and its seats, and takes over what the new set
says of its type; the new set's row takes over what the old one said, so that the superseded set can still be read.
Sources: design §5, domain facts §1.5 and §1.7, metering rules R27.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from licences.models import (
    HistoryEntry,
    Licence,
    LicenceOwner,
    LicenceSet,
    LicenceType,
    PlanLimit,
    Restriction,
    Seat,
    SuitePlan,
    Tenant,
    User,
)
from licences.reports.licence_changes import LicenceChange, licence_changes
from licences.services.history import By, Change, lock_history, record
from licences.services.limits import settle_limits
from licences.services.seats import Move, Refused, change_seats

SWAPPED = ("licence_set", "type", "name", "tier", "total", "unrestricted")
"""What a set says of a licence; the rest of the row is the licence's own."""


@dataclass(frozen=True, slots=True)
class LicenceDates:
    """Last days, in order: warn from, expires, grace until; maintenance until stands apart. All None: for ever."""

    warn_from_on: date | None = None
    expires_on: date | None = None
    grace_until_on: date | None = None
    maintenance_until_on: date | None = None


@dataclass(frozen=True, slots=True)
class LicenceLine:
    """One licence of a set: its type, how many, under which name the owner sells it, and a plan's tier."""

    type: LicenceType
    total: int
    name: str
    tier: int | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """What an owner issues to a tenant. `number` counts an owner's issues to this tenant; a Suite tenant's set may
    bring another plan."""

    owner: LicenceOwner
    number: int
    lines: Sequence[LicenceLine]
    version: str = ""
    dates: LicenceDates = field(default_factory=LicenceDates)
    suite_plan: SuitePlan | None = None


class SetRefused(Exception):
    """The set is not taken and nothing has changed. The message says why, for a person to read."""


class IssueIsOld(SetRefused):
    """A set with this number, or a later one, has come in before."""


class OtherSubscription(SetRefused):
    """A set with a CRM Suite plan for a module-based tenant, or a plan from somebody other than the vendor."""


class LicenceNotTheOwners(SetRefused):
    """The set holds a licence that its owner does not issue, holds one twice, or holds none."""


class NotPending(Exception):
    """The set does not wait to be activated: somebody else was quicker, or a newer one has come."""


class StillShort(Exception):
    """More is in use than the new set allows: `changes` are the short rows."""

    def __init__(self, changes: Sequence[LicenceChange]) -> None:
        super().__init__(", ".join(change.name for change in changes))
        self.changes = changes


class NotInForce(Exception):
    """The set is not the active one of its owner, or not any more."""


class VendorStays(Exception):
    """Only a third party's licences can be removed."""


class StillHeld(Exception):
    """Somebody cannot give a licence of the set back: `refused` says who, and why."""

    def __init__(self, refused: Sequence[Refused]) -> None:
        super().__init__(", ".join(each.user.full_name for each in refused))
        self.refused = refused


@transaction.atomic
def receive_set(
    tenant: Tenant, issue: Issue, *, by: By, origin: LicenceSet.Origin = LicenceSet.Origin.ISSUED, why: str = ""
) -> LicenceSet:
    """Take an issue in: it activates by itself when every new total covers what is in use, else it waits.

    One that waits already is discarded. Raises SetRefused, and then nothing has changed.
    """
    head = lock_history(tenant)
    _check(tenant, issue)
    sets = LicenceSet.objects.filter(tenant=tenant, owner=issue.owner)
    sets.pending().update(state=LicenceSet.State.DISCARDED)
    received = _put(tenant, issue, origin)
    summary = Change(
        HistoryEntry.Action.SET_RECEIVED,
        name_of(received),
        after={"issue_number": issue.number, "origin": str(origin)},
    )
    record(head, [summary], by=by, why=why)
    changes = licence_changes(sets.active().first(), received)
    if any(change.is_short for change in changes):
        return received
    return activate_set(received, by=by, why=why, by_itself=True)


def _check(tenant: Tenant, issue: Issue) -> None:
    known = LicenceSet.objects.filter(tenant=tenant, owner=issue.owner, issue_number__gte=issue.number)
    if known.exists():
        raise IssueIsOld(_("This licence set, or a newer one, has come in before. An old one is not taken again."))
    if issue.suite_plan is not None and (not tenant.is_suite or not issue.owner.is_vendor):
        raise OtherSubscription(_("This licence set is for another kind of subscription."))
    types = [line.type for line in issue.lines]
    if not types or len(types) != len(set(types)) or {kind.owner_id for kind in types} != {issue.owner.pk}:
        raise LicenceNotTheOwners(_("This licence set does not hold together: ask its owner for a new one."))


def _put(tenant: Tenant, issue: Issue, origin: LicenceSet.Origin) -> LicenceSet:
    received = LicenceSet.objects.create(
        tenant=tenant,
        owner=issue.owner,
        state=LicenceSet.State.PENDING,
        issue_number=issue.number,
        origin=origin,
        version=issue.version,
        suite_plan=issue.suite_plan or (tenant.suite_plan if issue.owner.is_vendor else None),
        warn_from_on=issue.dates.warn_from_on,
        expires_on=issue.dates.expires_on,
        grace_until_on=issue.dates.grace_until_on,
        maintenance_until_on=issue.dates.maintenance_until_on,
    )
    Licence.objects.bulk_create(
        Licence(
            tenant=tenant,
            licence_set=received,
            type=line.type,
            name=line.name,
            tier=line.tier,
            total=line.total,
            unrestricted=line.type.unrestricted,
        )
        for line in issue.lines
    )
    return received


@transaction.atomic
def activate_set(pending: LicenceSet, *, by: By, why: str = "", by_itself: bool = False) -> LicenceSet:
    """Put a set that waits in force, all of it. Raises NotPending and StillShort, and then nothing has changed."""
    tenant = pending.tenant
    head = lock_history(tenant)
    new = (
        LicenceSet.objects.pending().filter(tenant=tenant, pk=pending.pk).select_related("owner", "suite_plan").first()
    )
    if new is None:
        raise NotPending
    old = LicenceSet.objects.active().filter(tenant=tenant, owner=new.owner).select_related("suite_plan").first()
    _lock_licences(tenant, [old, new])
    changes = licence_changes(old, new)
    if short := [change for change in changes if change.is_short]:
        raise StillShort(short)
    activation = _activation(new, old, changes)  # said before the swap, which makes old rows of the new ones
    _swap(changes)
    if old is not None:
        old.state = LicenceSet.State.SUPERSEDED
        old.save(update_fields=["state"])
    new.state, new.activated_at, new.activated_by_itself = LicenceSet.State.ACTIVE, timezone.now(), by_itself
    new.save(update_fields=["state", "activated_at", "activated_by_itself"])
    change_plan(tenant, new.suite_plan)
    record(head, [activation], by=by, why=why)
    return new


def _lock_licences(tenant: Tenant, sets: Iterable[LicenceSet | None]) -> None:
    """In the order of their ids: a recount goes through them in that order too."""
    of_sets = Licence.objects.filter(tenant=tenant, licence_set__in=[each for each in sets if each is not None])
    list(of_sets.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _swap(changes: Iterable[LicenceChange]) -> None:
    rows = []
    for change in changes:
        if change.current is not None and change.new is not None:
            for name in SWAPPED:
                ours, theirs = getattr(change.current, name), getattr(change.new, name)
                setattr(change.current, name, theirs)
                setattr(change.new, name, ours)
            rows += [change.current, change.new]
    Licence.objects.bulk_update(rows, SWAPPED)


def change_plan(tenant: Tenant, plan: SuitePlan | None) -> None:
    """The plan of a Suite tenant comes with the set; every limit of a plan has a number."""
    if plan is None or plan.pk == tenant.suite_plan_id:
        return
    tenant.suite_plan = plan
    tenant.save(update_fields=["suite_plan"])
    counted = Restriction.objects.filter(tenant=tenant).values("type")
    Restriction.objects.bulk_create(
        Restriction(tenant=tenant, type_id=kind, limit=0, authority=Restriction.Authority.PRODUCT, as_of=timezone.now())
        for kind in PlanLimit.objects.filter(suite_plan=plan)
        .exclude(restriction__in=counted)
        .values_list("restriction", flat=True)
    )
    settle_limits(tenant)


def _activation(new: LicenceSet, old: LicenceSet | None, changes: Iterable[LicenceChange]) -> Change:
    """What the history says: the totals that changed, by the code of the licence, and the plan if it did."""
    altered = [change for change in changes if change.is_altered]
    before: dict[str, int | str] = {each.code: each.total for each in altered if each.total is not None}
    after: dict[str, int | str] = {each.new_code: each.new_total for each in altered if each.new_total is not None}
    if old is not None and old.suite_plan != new.suite_plan:
        before |= {"plan": old.suite_plan.code} if old.suite_plan else {}
        after |= {"plan": new.suite_plan.code} if new.suite_plan else {}
    return Change(HistoryEntry.Action.SET_ACTIVATED, name_of(new), before=before, after=after)


def name_of(licence_set: LicenceSet) -> str:
    """How the history names a set."""
    return _("%(owner)s, issue %(number)d") % {"owner": licence_set.owner.name, "number": licence_set.issue_number}


@transaction.atomic
def remove_licences(licence_set: LicenceSet, *, by: User, why: str = "") -> LicenceSet:
    """Remove a third party's licences: their holders give them back, and its tab is gone.

    Raises VendorStays, NotInForce when it is not the active set of its owner, and StillHeld; then nothing has changed.
    """
    tenant = licence_set.tenant
    if licence_set.owner.is_vendor:
        raise VendorStays
    head = lock_history(tenant)
    sets = LicenceSet.objects.filter(tenant=tenant, owner=licence_set.owner)
    if not sets.active().filter(pk=licence_set.pk).exists():
        raise NotInForce
    if refused := change_seats(tenant, moves=_all_back(licence_set), by=by, why=why).refused:
        raise StillHeld(refused)
    sets.pending().update(state=LicenceSet.State.DISCARDED)
    sets.active().update(state=LicenceSet.State.REMOVED)
    removed = Change(HistoryEntry.Action.SET_REMOVED, licence_set.owner.name)
    head.refresh_from_db()
    record(head, [removed], by=by, why=why)
    return licence_set


def _all_back(licence_set: LicenceSet) -> Collection[Move]:
    """Every holder of something of the set gives all of it back."""
    held: dict[User, set[Licence]] = defaultdict(set)
    seats = Seat.objects.active().filter(tenant=licence_set.tenant_id, licence__licence_set=licence_set)
    for seat in seats.select_related("user", "licence__type"):
        held[seat.user].add(seat.licence)
    return [Move(user, take=frozenset(taken)) for user, taken in held.items()]
