"""What must hold between the rows of the catalogue before any of them reaches the database."""

import re
from collections.abc import Callable, Hashable, Iterable
from itertools import chain
from typing import NoReturn

from licences.catalogue.entries import UNLIMITED, Catalogue, Entry, LicenceEntry, Named, PlanEntry
from licences.catalogue.files import CatalogueError
from licences.plan_features import TIERS, implied

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
KINDS = {"system", "site", "user"}
ROLES = {"feature", "plan", "tier_marker"}


def check_catalogue(catalogue: Catalogue) -> None:
    """Raises CatalogueError for the first row that breaks a rule; the message names its file and its place there."""
    for check in (
        _check_rows_by_themselves,
        _check_repetition,
        _check_licences,
        _check_prerequisites,
        _check_solutions,
        _check_plans,
        _check_add_ons,
        _check_suite_plans,
        _check_limits,
    ):
        check(catalogue)


def refuse(entry: Entry, problem: str) -> NoReturn:
    raise CatalogueError(f"{entry.where}: {problem}")


def _check_rows_by_themselves(catalogue: Catalogue) -> None:
    for entry in _entries(catalogue):
        if entry.source not in catalogue.sources:
            refuse(entry, f"the source {entry.source!r} is not in sources.toml")
        if isinstance(entry, Named | PlanEntry) and not SLUG.fullmatch(entry.code):
            refuse(entry, f"the code {entry.code!r} is not made of a-z, 0-9 and hyphens")
        for key, value in vars(entry).items():
            if isinstance(value, str) and key != "requires" and not value.strip():
                refuse(entry, f"{key!r} is empty")


def _entries(catalogue: Catalogue) -> Iterable[Entry]:
    return chain.from_iterable(rows for name, rows in vars(catalogue).items() if isinstance(rows, tuple))


def _check_repetition(catalogue: Catalogue) -> None:
    once(catalogue.owners, "code", lambda row: row.code)
    once(catalogue.licences, "code of this owner", lambda row: (row.owner, row.code))
    once(catalogue.licences, "sort order of this owner", lambda row: (row.owner, row.sort_order))
    once(catalogue.tiers, "tier", lambda row: row.tier)
    once(catalogue.solutions, "code", lambda row: row.code)
    once(catalogue.solution_tiers, "tier of this solution", lambda row: (row.solution, row.tier))
    once(catalogue.plans, "code", lambda row: row.code)
    once(catalogue.add_ons, "code", lambda row: row.code)
    once(catalogue.suite_plans, "code", lambda row: row.code)
    once(catalogue.suite_plans, "rank", lambda row: row.rank)
    once(catalogue.restrictions, "code", lambda row: row.code)
    once(catalogue.restrictions, "sort order", lambda row: row.sort_order)


def once[E: Entry](entries: Iterable[E], what: str, key: Callable[[E], Hashable]) -> None:
    seen: dict[Hashable, E] = {}
    for entry in entries:
        first = seen.setdefault(key(entry), entry)
        if first is not entry:
            refuse(entry, f"the {what} is already that of {first.where}")


def _check_licences(catalogue: Catalogue) -> None:
    owners = {owner.code for owner in catalogue.owners}
    for licence in catalogue.licences:
        if licence.owner not in owners:
            refuse(licence, f"there is no owner {licence.owner!r}")
        if licence.kind not in KINDS:
            refuse(licence, f"the kind {licence.kind!r} is none of {sorted(KINDS)}")
        if licence.role not in ROLES:
            refuse(licence, f"the role {licence.role!r} is none of {sorted(ROLES)}")
    vendors = [owner for owner in catalogue.owners if owner.is_vendor]
    if len(vendors) != 1:
        refuse(catalogue.owners[0], f"exactly one owner is the vendor, not {len(vendors)}")


def _check_prerequisites(catalogue: Catalogue) -> None:
    by_code = {(licence.owner, licence.code): licence for licence in catalogue.licences}
    for licence in catalogue.licences:
        passed: list[str] = []
        step: LicenceEntry = licence
        while step.requires:
            if (step.owner, step.requires) not in by_code:
                refuse(step, f"it requires {step.requires!r}, which {step.owner} does not have")
            passed.append(step.code)
            step = by_code[step.owner, step.requires]
            if step.code in passed:
                refuse(licence, f"its prerequisites run in a circle: {' → '.join([*passed, step.code])}")


def _check_codes(catalogue: Catalogue, entry: Entry, codes: Iterable[str], *, kind: str = "", role: str = "") -> None:
    """Each code is a licence of the vendor, of this kind and role if they are given."""
    for code in codes:
        licence = catalogue.vendor_licences.get(code)
        if licence is None:
            refuse(entry, f"there is no licence {code!r}")
        if kind and licence.kind != kind:
            refuse(entry, f"{code!r} is a {licence.kind} licence, a {kind} licence is wanted")
        if role and licence.role != role:
            refuse(entry, f"{code!r} is a {licence.role}, a {role} is wanted")


def _check_solutions(catalogue: Catalogue) -> None:
    solutions = {solution.code for solution in catalogue.solutions}
    for tier in catalogue.tiers:
        _check_codes(catalogue, tier, [tier.marker], kind="user", role="tier_marker")
        _check_codes(catalogue, tier, tier.user + tier.loose, kind="user", role="feature")
        _check_codes(catalogue, tier, tier.system, kind="system")
    for added in catalogue.solution_tiers:
        if added.solution not in solutions:
            refuse(added, f"there is no solution {added.solution!r}")
        _check_codes(catalogue, added, [added.marker], kind="system", role="tier_marker")
        _check_codes(catalogue, added, added.user, kind="user", role="feature")
        _check_codes(catalogue, added, added.system, kind="system")
    if {tier.tier for tier in catalogue.tiers} != set(TIERS):
        refuse(catalogue.tiers[0], f"the tiers are {TIERS}")


def _check_plans(catalogue: Catalogue) -> None:
    solutions = {solution.code for solution in catalogue.solutions}
    for plan in catalogue.plans:
        _check_codes(catalogue, plan, [plan.code], kind="user", role="plan")
        for solution in plan.solutions:
            if solution not in solutions:
                refuse(plan, f"there is no solution {solution!r}")
    plans = {plan.code for plan in catalogue.plans}
    for stated in catalogue.stated:
        if stated.plan not in plans or stated.tier not in TIERS:
            refuse(stated, f"there is no plan {stated.plan!r} at tier {stated.tier}")
        given = set(implied(stated.plan, stated.tier, catalogue=catalogue))
        if odd := given ^ {*stated.implies, *stated.derived}:
            refuse(stated, f"solutions.toml disagrees about {', '.join(sorted(odd))}")


def _check_add_ons(catalogue: Catalogue) -> None:
    for add_on in catalogue.add_ons:
        _check_codes(catalogue, add_on, add_on.brings, role="feature")


def _check_suite_plans(catalogue: Catalogue) -> None:
    for plan in catalogue.suite_plans:
        _check_codes(catalogue, plan, [plan.system_licence], kind="system")
        _check_codes(catalogue, plan, [plan.seat_licence], kind="user", role="plan")
        _check_codes(catalogue, plan, plan.brings, role="feature")


def _check_limits(catalogue: Catalogue) -> None:
    plans = {plan.code for plan in catalogue.suite_plans}
    for restriction in catalogue.restrictions:
        if odd := plans ^ restriction.limits.keys():
            refuse(restriction, f"its limits must name each Suite plan once; look at {', '.join(sorted(odd))}")
        for plan, limit in restriction.limits.items():
            if limit != UNLIMITED and not (isinstance(limit, int) and limit >= 0):
                refuse(restriction, f"the limit of {plan} must be {UNLIMITED!r} or a number from 0 up, not {limit!r}")
