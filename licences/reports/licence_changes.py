"""What a licence set changes against the one before it, row by row. Source: domain facts §1.5 and §1.7."""

from dataclasses import dataclass

from licences.models import Licence, LicenceSet


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
        """Whether the row says anything new: only such rows are shown."""
        if self.current is None or self.new is None:
            return True
        said = ("type_id", "name", "tier", "unrestricted", "total")
        return any(getattr(self.current, name) != getattr(self.new, name) for name in said)


def licence_changes(old: LicenceSet | None, new: LicenceSet) -> list[LicenceChange]:
    """Every licence of the two sets, in the order of the price list; without an old set everything is new.

    On CRM Suite the seats of one plan become the seats of the next, so the two plans make one row.
    """
    before, after = _by_kind(old), _by_kind(new)
    changes = [LicenceChange(before.get(kind), after.get(kind)) for kind in before | after]
    return sorted(changes, key=lambda change: change.shown.type.sort_order)


def _by_kind(licence_set: LicenceSet | None) -> dict[int | str, Licence]:
    if licence_set is None:
        return {}
    seat = licence_set.suite_plan.seat_licence_id if licence_set.suite_plan else None
    licences = licence_set.licences.select_related("type")
    return {"seat" if licence.type_id == seat else licence.type_id: licence for licence in licences}
