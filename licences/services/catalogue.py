"""Brings the catalogue's tables in line with its files, as the owner of the database: no other role may write them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connections, models, transaction
from django.db.models import F, QuerySet

from licences.catalogue.entries import VENDOR, Catalogue, LicenceEntry
from licences.models import AddOn, LicenceOwner, LicenceType, PlanInclusion, PlanLimit, RestrictionType, SuitePlan
from licences.plan_features import TIERS, implied, suite_brings

OWNER = "owner"
"""The database alias of the login that owns the schema."""

ASIDE = 10_000
"""Added to a number that must be unique while others take it: above all that are in use, below a smallint's end."""


@dataclass
class Changes:
    """What loading did, one label for each row. `left_over` are rows that the files no longer have."""

    added: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    left_over: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        return f"{len(self.added)} added, {len(self.changed)} changed, {len(self.removed)} removed"


@contextmanager
def loading() -> Iterator[Changes]:
    """One transaction as the owner of the database, one loader at a time."""
    with transaction.atomic(using=OWNER):
        with connections[OWNER].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('load_catalogue'))")
        yield Changes()


def put_catalogue(catalogue: Catalogue, changes: Changes) -> None:
    """Write a checked catalogue inside `loading`: new rows are added, known ones updated in place by their codes.

    Owners, licences and plans that have left the files stay, because tenants may own them; what they imply, bring and
    limit follows the files exactly.
    """
    types = _put_licence_types(catalogue, changes)
    put_rows(
        [
            PlanInclusion(plan=types[plan.code], tier=tier, feature=types[feature])
            for plan in catalogue.plans
            for tier in TIERS
            for feature in implied(plan.code, tier, catalogue=catalogue)
        ],
        key=("plan_id", "tier", "feature_id"),
        changes=changes,
        exactly=True,
    )
    _put_add_ons(catalogue, types, changes)
    _put_suite_plans(catalogue, types, changes)


def _put_licence_types(catalogue: Catalogue, changes: Changes) -> dict[str, LicenceType]:
    """The vendor's licence types by code. Prerequisites are set once every type has its primary key."""
    owners = {
        entry.code: LicenceOwner(
            code=entry.code,
            name=entry.name,
            is_vendor=entry.is_vendor,
            shop_url=entry.shop_url,
            description=entry.description,
        )
        for entry in catalogue.owners
    }
    put_rows(list(owners.values()), key=("code",), changes=changes)
    types = {(entry.owner, entry.code): _licence_type(entry, owners[entry.owner]) for entry in catalogue.licences}
    key = ("owner_id", "code")
    put_rows(list(types.values()), key=key, changes=changes, number="sort_order", without=("prerequisite_id",))
    for entry in catalogue.licences:
        if entry.requires:
            types[entry.owner, entry.code].prerequisite = types[entry.owner, entry.requires]
    put_rows(list(types.values()), key=key, changes=changes)
    return {code: row for (owner, code), row in types.items() if owner == VENDOR}


def _licence_type(entry: LicenceEntry, owner: LicenceOwner) -> LicenceType:
    return LicenceType(
        owner=owner,
        code=entry.code,
        name=entry.name,
        kind=entry.kind,
        role=entry.role,
        tooltip=entry.tooltip,
        enables=entry.enables,
        sort_order=entry.sort_order,
        hidden=entry.hidden,
        unrestricted=entry.unrestricted,
    )


def _put_add_ons(catalogue: Catalogue, types: dict[str, LicenceType], changes: Changes) -> None:
    add_ons = [AddOn(code=entry.code, name=entry.name, description=entry.description) for entry in catalogue.add_ons]
    put_rows(add_ons, key=("code",), changes=changes)
    brings = AddOn.brings.through
    put_rows(
        [
            brings(addon_id=add_on.pk, licencetype_id=types[code].pk)
            for add_on, entry in zip(add_ons, catalogue.add_ons, strict=True)
            for code in entry.brings
        ],
        key=("addon_id", "licencetype_id"),
        changes=changes,
        exactly=True,
    )


def _put_suite_plans(catalogue: Catalogue, types: dict[str, LicenceType], changes: Changes) -> None:
    plans = {
        entry.code: SuitePlan(
            code=entry.code,
            name=entry.name,
            rank=entry.rank,
            description=entry.description,
            system_licence=types[entry.system_licence],
            seat_licence=types[entry.seat_licence],
        )
        for entry in catalogue.suite_plans
    }
    put_rows(list(plans.values()), key=("code",), changes=changes, number="rank")
    brings = SuitePlan.brings.through
    put_rows(
        [
            brings(suiteplan_id=plan.pk, licencetype_id=types[feature].pk)
            for code, plan in plans.items()
            for feature in suite_brings(code, catalogue=catalogue)
        ],
        key=("suiteplan_id", "licencetype_id"),
        changes=changes,
        exactly=True,
    )
    _put_limits(catalogue, plans, changes)


def _put_limits(catalogue: Catalogue, plans: dict[str, SuitePlan], changes: Changes) -> None:
    restrictions = [
        RestrictionType(
            code=entry.code,
            name=entry.name,
            unit_singular=entry.unit_singular,
            unit_plural=entry.unit_plural,
            counts=entry.counts,
            free_capacity=entry.free_capacity,
            sort_order=entry.sort_order,
        )
        for entry in catalogue.restrictions
    ]
    put_rows(restrictions, key=("code",), changes=changes, number="sort_order")
    put_rows(
        [
            PlanLimit(suite_plan=plan, restriction=restriction, limit=entry.limit(code))
            for restriction, entry in zip(restrictions, catalogue.restrictions, strict=True)
            for code, plan in plans.items()
        ],
        key=("suite_plan_id", "restriction_id"),
        changes=changes,
        exactly=True,
    )


def put_rows[M: models.Model](
    wanted: Sequence[M],
    *,
    key: tuple[str, ...],
    changes: Changes,
    number: str = "",
    without: Collection[str] = (),
    among: Mapping[str, object] | None = None,
    exactly: bool = False,
) -> None:
    """Make a table hold the wanted rows, and give them their primary keys. Rows are told apart by `key`.

    Only rows with the values of `among` are looked at: those of one version, say.
    `number` names a field that is unique and may be exchanged between rows; `without` fields that stay as they are.
    Rows that are not wanted are removed if the table is to hold exactly the wanted ones, else noted as left over.
    """
    table = _Table(type(wanted[0]), key, without, among or {})
    for row in wanted:
        row.pk = table.known[table.key_of(row)].pk if table.key_of(row) in table.known else None
    new = [row for row in wanted if row.pk is None]
    differing = [row for row in wanted if row.pk is not None and table.differs(row)]
    surplus = [table.known[values] for values in table.known.keys() - {table.key_of(row) for row in wanted}]
    if exactly:
        table.rows().filter(pk__in=[row.pk for row in surplus]).delete()
        changes.removed |= {table.label(row) for row in surplus}
    else:
        changes.left_over |= {table.label(row) for row in surplus}
    if number:
        table.step_aside(number, [*differing, *surplus], wanted)
    table.rows().bulk_create(new)
    if differing:
        table.rows().bulk_update(differing, table.fields)
    changes.added |= {table.label(row) for row in new}
    changes.changed |= {table.label(row) for row in differing} - changes.added


class _Table[M: models.Model]:
    """What a table holds before rows are put into it."""

    def __init__(
        self, model: type[M], key: tuple[str, ...], without: Collection[str], among: Mapping[str, object]
    ) -> None:
        self._model, self._key, self._among = model, key, among
        self.fields = [
            column.attname
            for column in model._meta.concrete_fields
            if not column.primary_key and column.attname not in {*key, *without}
        ]
        self.known = {self.key_of(row): row for row in self.rows()}

    def rows(self) -> QuerySet[M]:
        return self._model._default_manager.using(OWNER).filter(**self._among)

    def key_of(self, row: M) -> tuple[object, ...]:
        return tuple(getattr(row, name) for name in self._key)

    def label(self, row: M) -> str:
        return " ".join([str(self._model._meta.verbose_name), *map(str, self.key_of(row))])

    def differs(self, row: M) -> bool:
        known = self.known[self.key_of(row)]
        return any(getattr(row, name) != getattr(known, name) for name in self.fields)

    def step_aside(self, number: str, rows: Sequence[M], wanted: Sequence[M]) -> None:
        """Free the numbers that wanted rows are about to take from these ones."""
        taken = {getattr(row, number) for row in wanted}
        in_the_way = self.rows().filter(pk__in=[row.pk for row in rows], **{f"{number}__in": taken})
        in_the_way.update(**{number: F(number) + ASIDE})
