"""What is told around an import: whose job it is, which seats it asks for, and what to suggest for its columns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from licences.models import Licence, Tenant
from notifications.event_kinds import About, about
from notifications.imports import KINDS, kinds_for
from notifications.imports.headings import fingerprint
from notifications.imports.kinds import ImportKind
from notifications.imports.packing import unpack
from notifications.models import Import, ImportBatch, ImportMapping, Job, SystemEvent


@dataclass(frozen=True, slots=True)
class SeatsAsked:
    """So many rows ask for a seat of the licence, and so many are free; None when there is no end to them. `key` is how
    addresses write the licence."""

    key: str
    licence: str
    asked: int
    free: int | None

    @property
    def is_short(self) -> bool:
        return self.free is not None and self.asked > self.free


@dataclass(frozen=True, slots=True)
class Suggestion:
    """How the columns of a file were taken the last time, or seem to be meant."""

    mapping: Mapping[str, int]
    match_by: str
    duplicates: str
    is_remembered: bool


def imports_behind(tenant: Tenant, events: Iterable[SystemEvent]) -> dict[int, int]:
    """The id of the import that each event of an import works on, by the id of the event. One query at most."""
    of_imports = [event.pk for event in events if about(event.key) == About.IMPORTS]
    jobs = Job.objects.filter(tenant=tenant, event__in=of_imports, subject__isnull=False)
    return {event: subject for event, subject in jobs.values_list("event_id", "subject") if subject is not None}


def seats_asked(imported: Import) -> list[SeatsAsked]:
    """What the checked rows ask for against what is free now, in the order of the price list. Two queries."""
    batches = ImportBatch.objects.filter(tenant=imported.tenant_id, of_import=imported)
    last = batches.filter(checked__isnull=False).order_by("number").only("checked").last()
    asked = unpack(last.checked)["after"].get("asked", {}) if last and last.checked else {}
    licences = Licence.objects.in_force().filter(tenant=imported.tenant_id, pk__in=[int(pk) for pk in asked])
    return [
        SeatsAsked(
            licence.licence_set.owner.full_code(licence.type.code),
            licence.name,
            asked[str(licence.pk)],
            licence.available,
        )
        for licence in licences.select_related("type", "licence_set__owner").order_by("type__sort_order")
    ]


def suggestion(imported: Import) -> Suggestion:
    """As it was chosen already, or the last time for the same headings; else by the headings."""
    kind = KINDS[imported.kind]
    if imported.mapping:
        return Suggestion(imported.mapping, imported.match_by, imported.duplicates, is_remembered=False)
    same = ImportMapping.objects.filter(
        tenant=imported.tenant_id, kind=kind.code, headings=fingerprint(imported.columns)
    )
    remembered = same.first()
    known = {field.code for field in kind.fields(imported.tenant)}
    if remembered is not None and remembered.mapping.keys() <= known:
        return Suggestion(remembered.mapping, remembered.match_by, remembered.duplicates, is_remembered=True)
    guessed = kind.guess(imported.columns, imported.tenant)
    return Suggestion(guessed, kind.match_by[0], Import.Duplicates.SKIP, is_remembered=False)


def looks_like(imported: Import) -> ImportKind | None:
    """Another kind of import that the headings have all of, where they have not all of this kind."""
    tenant = imported.tenant

    def has_all(kind: ImportKind) -> bool:
        return set(kind.required(kind.match_by[0])) <= kind.guess(imported.columns, tenant).keys()

    if has_all(KINDS[imported.kind]):
        return None
    return next((kind for kind in kinds_for(tenant) if has_all(kind)), None)
