"""The licence sets that owners would issue for other numbers, or for another CRM Suite plan."""

from collections.abc import Iterator, Mapping, Sequence

from licences.catalogue.published import published_catalogue
from licences.models import AddOn, Licence, LicenceSet, LicenceType, SuitePlan, Tenant
from licences.plan_features import LicenceRow, UnknownPlan, licence_rows
from licences.services.issuing import latest_issue
from licences.services.licence_sets import Issue, LicenceDates, LicenceLine


def imagined_issues(
    tenant: Tenant, totals: Mapping[Licence, int], *, suite_plan: SuitePlan | None = None
) -> list[Issue]:
    """One issue for each owner of whom another number, or plan, is asked for. `totals` gives licences in force their
    new numbers, 0 for none; whatever it does not name stays. The rest of a set follows from its plans as it would in
    a real one. Dates stay as they are."""
    plan = suite_plan if suite_plan is not None and suite_plan.pk != tenant.suite_plan_id else None
    sets = LicenceSet.objects.active().filter(tenant=tenant)
    sets = sets.select_related("owner", "suite_plan__seat_licence", "suite_plan__system_licence")
    of_sets: dict[int, list[Licence]] = {each.pk: [] for each in sets}
    in_force = Licence.objects.filter(tenant=tenant, licence_set__in=of_sets)
    for licence in in_force.select_related("type").order_by("type__sort_order"):
        of_sets[licence.licence_set_id].append(licence)
    wanted = {licence.pk: total for licence, total in totals.items()}
    issues = []
    for licence_set in sets:
        licences = of_sets[licence_set.pk]
        new_plan = plan if licence_set.owner.is_vendor else None
        if new_plan is not None or any(wanted.get(each.pk, each.total) != each.total for each in licences):
            issues.append(_issue(tenant, licence_set, _lines(licence_set, licences, wanted, new_plan), new_plan))
    return issues


def _issue(tenant: Tenant, licence_set: LicenceSet, lines: Sequence[LicenceLine], plan: SuitePlan | None) -> Issue:
    number = latest_issue(tenant, licence_set.owner) + 1
    dates = LicenceDates(
        licence_set.warn_from_on,
        licence_set.expires_on,
        licence_set.grace_until_on,
        licence_set.maintenance_until_on,
    )
    return Issue(licence_set.owner, number, lines, licence_set.version, dates, plan)


def _lines(
    licence_set: LicenceSet, licences: Sequence[Licence], wanted: Mapping[int, int], plan: SuitePlan | None
) -> list[LicenceLine]:
    lines = {
        each.type_id: LicenceLine(each.type, wanted.get(each.pk, each.total), each.name, each.tier) for each in licences
    }
    if licence_set.suite_plan is not None:
        lines |= _of_suite_plan(licence_set.suite_plan, plan or licence_set.suite_plan, lines)
    elif licence_set.owner.is_vendor:
        lines |= _of_plans(licences, lines)
    return [line for line in lines.values() if line.total > 0]


def _of_suite_plan(old: SuitePlan, new: SuitePlan, lines: Mapping[int, LicenceLine]) -> dict[int, LicenceLine]:
    """What one plan brings goes, what the other brings comes; users' licences in the number of its seats."""
    seats = lines[old.seat_licence_id].total if old.seat_licence_id in lines else 0
    goes = [old.seat_licence, old.system_licence, *old.brings.all()] if old != new else []
    comes = [new.seat_licence, new.system_licence, *new.brings.all()]
    changed = {kind.pk: LicenceLine(kind, 0, kind.name) for kind in goes}
    for kind in comes:
        of_users = kind.kind == LicenceType.Kind.USER
        known = lines.get(kind.pk)
        changed[kind.pk] = LicenceLine(kind, seats if of_users else 1, known.name if known else kind.name)
    return changed


def _of_plans(licences: Sequence[Licence], lines: Mapping[int, LicenceLine]) -> dict[int, LicenceLine]:
    """What the plans bring with them, in the new numbers; what only came with a plan that goes, goes too. Add-ons, and
    plans that the price list does not know any more, change nothing."""
    before = {(each.type.code, each.tier or 1): each.total for each in licences if each.is_plan}
    after = {
        (lines[each.type_id].type.code, each.tier or 1): lines[each.type_id].total for each in licences if each.is_plan
    }
    catalogue = published_catalogue()
    try:
        old, new = licence_rows(before, catalogue=catalogue), licence_rows(after, catalogue=catalogue)
    except UnknownPlan:
        return {}
    stays = {kind.pk for kind in _of_add_ons({each.type_id for each in licences})}
    return dict(_changed(lines, {row.code: row for row in old}, {row.code: row for row in new}, stays))


def _changed(
    lines: Mapping[int, LicenceLine], old: Mapping[str, LicenceRow], new: Mapping[str, LicenceRow], stays: set[int]
) -> Iterator[tuple[int, LicenceLine]]:
    for pk, line in lines.items():
        code = line.type.code
        if line.type.role == LicenceType.Role.PLAN or code not in old:
            continue
        if code in new:
            yield pk, LicenceLine(line.type, new[code].number, line.name, line.tier)
        elif pk not in stays:
            yield pk, LicenceLine(line.type, 0, line.name, line.tier)


def _of_add_ons(owned: set[int]) -> Iterator[LicenceType]:
    """What the add-ons bring that the tenant has: an add-on is no row of a set, who owns all of it has bought it."""
    for add_on in AddOn.objects.prefetch_related("brings"):
        brings = list(add_on.brings.all())
        if {kind.pk for kind in brings} <= owned:
            yield from brings
