"""What a licence set that waits would change, and what the last one changed. Source: domain facts §1.5."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from licences.models import LicenceSet, SuitePlan, Tenant
from licences.reports.licence_changes import LicenceChange, Pair, changes_of_each


@dataclass(frozen=True, slots=True)
class DateChange:
    name: str
    before: date | None
    after: date | None


@dataclass(frozen=True)
class SetChange:
    """One owner's set against the one before it, of which there may be none."""

    before: LicenceSet | None
    after: LicenceSet
    changes: Sequence[LicenceChange]

    @cached_property
    def rows(self) -> list[LicenceChange]:
        """The altered licences that lists may show; whoever is short is among them."""
        return [each for each in self.changes if each.is_worth_showing]

    @cached_property
    def short(self) -> list[LicenceChange]:
        return [each for each in self.changes if each.is_short]

    @property
    def to_remove(self) -> int:
        """Seats that must be given back before it can be activated."""
        return sum(each.to_remove for each in self.short)

    @property
    def plans(self) -> tuple[SuitePlan, SuitePlan] | None:
        """On CRM Suite the plan before and after, if it is another."""
        before, after = self.before and self.before.suite_plan, self.after.suite_plan
        return (before, after) if before and after and before != after else None

    @property
    def dates(self) -> list[DateChange]:
        """The dates that are not the same, each in words."""
        changes = (
            DateChange(name, getattr(self.before, field, None), getattr(self.after, field))
            for field, name in (
                ("expires_on", _("Expires on")),
                ("warn_from_on", _("Warning from")),
                ("grace_until_on", _("Grace until")),
                ("maintenance_until_on", _("Maintenance until")),
            )
        )
        return [each for each in changes if each.before != each.after]


@dataclass(frozen=True, slots=True)
class Activations:
    """The sets that wait, and the one in force of each owner, the newest first: each against the one before."""

    waiting: list[SetChange]
    activated: list[SetChange]


def activations(tenant: Tenant) -> Activations:
    """Three queries, whatever the sets hold."""
    of_tenant = LicenceSet.objects.filter(tenant=tenant).select_related("owner", "suite_plan")
    states = LicenceSet.State
    now = list(
        of_tenant.filter(state__in=[states.PENDING, states.ACTIVE]).order_by(
            "-activated_at", "-owner__is_vendor", "owner__name"
        )
    )
    past = of_tenant.filter(state__in=[states.SUPERSEDED, states.REMOVED], owner__in=[each.owner_id for each in now])
    before = {each.owner_id: each for each in past.order_by("owner_id", "-issue_number").distinct("owner_id")}
    active = {each.owner_id: each for each in now if each.state == states.ACTIVE}
    pairs: list[Pair] = [(active.get(each.owner_id), each) for each in now if each.state == states.PENDING]
    pairs += [(_unless_removed(before.get(owner_id)), each) for owner_id, each in active.items()]
    compared = _compare(pairs)
    return Activations(
        waiting=[each for each in compared if each.after.state == states.PENDING],
        activated=[each for each in compared if each.after.state == states.ACTIVE],
    )


def _unless_removed(before: LicenceSet | None) -> LicenceSet | None:
    """What was removed was no longer there when the next one came."""
    return before if before and before.state == LicenceSet.State.SUPERSEDED else None


def _compare(pairs: Sequence[Pair]) -> list[SetChange]:
    changes: Iterable[list[LicenceChange]] = changes_of_each(pairs)
    return [SetChange(old, new, rows) for (old, new), rows in zip(pairs, changes, strict=True)]
