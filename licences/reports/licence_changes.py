"""What a licence set changes against the one before it, row by row. Source: domain facts §1.5 and §1.7."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from licences.models import Licence, LicenceSet, LicenceType


@dataclass(frozen=True, slots=True)
class LicenceChange:
    """One licence before and after: `current` is None where it is new, `new` where it is gone, never both. Numbers are
    seats; None stands for a number that is not there, or for no limit."""

    current: Licence | None
    new: Licence | None

    @property
    def shown(self) -> Licence:
        """The row whose name the lists show: the one that holds, or is to hold, the seats."""
        return next(row for row in (self.new, self.current) if row is not None)

    @property
    def name(self) -> str:
        return self.shown.name

    @property
    def old_name(self) -> str:
        return (self.current or self.shown).name

    @property
    def code(self) -> str:
        return (self.current or self.shown).type.code

    @property
    def new_code(self) -> str:
        return self.shown.type.code

    @property
    def in_use(self) -> int:
        """Seats that are held now, whichever of the two rows has them."""
        return max((row.in_use for row in (self.current, self.new) if row is not None), default=0)

    @property
    def total(self) -> int | None:
        return None if self.current is None or self.current.unrestricted else self.current.total

    @property
    def new_total(self) -> int | None:
        """What there will be; 0 where the licence goes, None without a limit."""
        if self.new is None:
            return 0
        return None if self.new.unrestricted else self.new.total

    @property
    def free(self) -> int | None:
        return None if self.total is None else self.total - self.in_use

    @property
    def new_free(self) -> int | None:
        """Negative as long as the row is short."""
        return None if self.new_total is None else self.new_total - self.in_use

    @property
    def added(self) -> int | None:
        """The column +/−."""
        if self.new_total is None:
            return None
        return self.new_total - (self.total or 0)

    @property
    def to_remove(self) -> int:
        """How many seats must be given back before the set can be activated."""
        return 0 if self.new_free is None else max(0, -self.new_free)

    @property
    def is_short(self) -> bool:
        """More is in use than there will be: the set cannot be activated. Source: domain facts §1.5."""
        return self.to_remove > 0

    @property
    def is_altered(self) -> bool:
        """Whether the row says anything new."""
        return self._differs_in("type_id", "name", "tier", "unrestricted", "total")

    @property
    def is_worth_showing(self) -> bool:
        """Whether a person sees the difference: no hidden licence unless it is short, and no number where none is
        shown, as of what the company has as a whole or without a limit."""
        if self.is_short:
            return True
        counts = self.shown.type.kind != LicenceType.Kind.SYSTEM and not self.shown.unrestricted
        return not self.shown.type.hidden and self._differs_in(
            "type_id", "name", "tier", "unrestricted", *(["total"] if counts else [])
        )

    def _differs_in(self, *names: str) -> bool:
        """Whether the row is new or gone, or these fields of it differ."""
        if self.current is None or self.new is None:
            return True
        return any(getattr(self.current, name) != getattr(self.new, name) for name in names)


type Pair = tuple[LicenceSet | None, LicenceSet]
"""A set and the one before it; None where there was none."""


def licence_changes(old: LicenceSet | None, new: LicenceSet) -> list[LicenceChange]:
    """Every licence of the two sets, in the order of the price list; without an old set everything is new.

    On CRM Suite the seats of one plan become the seats of the next, so the two plans make one row.
    """
    return changes_of_each([(old, new)])[0]


def changes_of_each(pairs: Sequence[Pair]) -> list[list[LicenceChange]]:
    """The licence changes of each pair, which are all of one tenant. One query."""
    by_set = _licences_by_set([each for pair in pairs for each in pair if each is not None])
    return [_changes(_by_kind(old, by_set), _by_kind(new, by_set)) for old, new in pairs]


def _licences_by_set(sets: Sequence[LicenceSet]) -> dict[int, list[Licence]]:
    by_id, found = {each.pk: each for each in sets}, defaultdict(list)
    tenants = {each.tenant_id for each in sets}
    for licence in Licence.objects.filter(tenant__in=tenants, licence_set__in=by_id).select_related("type"):
        licence.licence_set = by_id[licence.licence_set_id]
        found[licence.licence_set_id].append(licence)
    return found


def _by_kind(licence_set: LicenceSet | None, by_set: Mapping[int, list[Licence]]) -> dict[int | str, Licence]:
    if licence_set is None:
        return {}
    seat = licence_set.suite_plan.seat_licence_id if licence_set.suite_plan else None
    licences = by_set.get(licence_set.pk, [])
    return {"seat" if licence.type_id == seat else licence.type_id: licence for licence in licences}


def _changes(before: Mapping[int | str, Licence], after: Mapping[int | str, Licence]) -> list[LicenceChange]:
    changes = [LicenceChange(before.get(kind), after.get(kind)) for kind in {**before, **after}]
    return sorted(changes, key=lambda change: change.shown.type.sort_order)
