"""Loading the catalogue into the database: once, again, and after something has changed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import connections
from django.db.models import Model, QuerySet

from licences.catalogue.published import published_catalogue
from licences.models import (
    AddOn,
    BusinessCalendar,
    CalendarDay,
    LicenceOwner,
    LicenceType,
    PlanInclusion,
    PlanLimit,
    RestrictionType,
    ServicePolicy,
    ServiceTarget,
    SuitePlan,
)
from licences.plan_features import implied, suite_brings
from licences.services.catalogue import OWNER
from metering.models import MeteredService, Tariff

pytestmark = pytest.mark.django_db(databases=["default", OWNER])

MODELS = [
    LicenceOwner,
    LicenceType,
    PlanInclusion,
    AddOn,
    AddOn.brings.through,
    SuitePlan,
    SuitePlan.brings.through,
    RestrictionType,
    PlanLimit,
    BusinessCalendar,
    CalendarDay,
    ServicePolicy,
    ServiceTarget,
    MeteredService,
    Tariff,
]


def load_catalogue() -> str:
    """What it says while the snapshots of holidays reach far enough."""
    output = StringIO()
    with time_machine.travel(date(2026, 11, 26)):
        call_command("load_catalogue", stdout=output)
    return output.getvalue()


def rows[M: Model](model: type[M]) -> QuerySet[M]:
    return model._default_manager.using(OWNER)


def everything() -> dict[type[Model], list[dict[str, object]]]:
    return {model: list(rows(model).order_by("pk").values()) for model in MODELS}


def test_the_first_run_adds_every_row() -> None:
    output = load_catalogue()

    added = sum(rows(model).count() for model in MODELS)
    assert output == f"Catalogue: {added} added, 0 changed, 0 removed.\n"
    assert rows(LicenceType).count() == len(published_catalogue().licences)
    assert rows(MeteredService).count() == 5


def test_a_second_run_changes_nothing_and_says_so() -> None:
    load_catalogue()
    before = everything()

    output = load_catalogue()

    assert output == "Catalogue: 0 added, 0 changed, 0 removed.\n"
    assert everything() == before


@pytest.mark.django_db(databases=["default", OWNER], transaction=True)
def test_of_two_runs_at_once_one_does_the_work() -> None:
    def run() -> str:
        try:
            return load_catalogue()
        finally:
            connections[OWNER].close()
            connections["default"].close()

    with ThreadPoolExecutor(2) as pool:
        outputs = [future.result() for future in [pool.submit(run), pool.submit(run)]]

    added = sum(rows(model).count() for model in MODELS)
    assert sorted(outputs) == [
        "Catalogue: 0 added, 0 changed, 0 removed.\n",
        f"Catalogue: {added} added, 0 changed, 0 removed.\n",
    ]


def test_a_row_that_was_edited_is_put_right_in_place() -> None:
    load_catalogue()
    before = everything()
    rows(LicenceType).filter(code="saint").update(name="Saint", hidden=False)
    rows(LicenceType).filter(code="web").update(prerequisite=None)
    rows(PlanLimit).filter(limit=100).update(limit=None)
    rows(MeteredService).filter(code="chat-sessions").update(unit="chats")

    output = load_catalogue()

    assert output == "Catalogue: 0 added, 4 changed, 0 removed.\n"
    assert everything() == before


def test_numbers_that_were_exchanged_are_put_right() -> None:
    load_catalogue()
    before = everything()
    for model, number, codes in [
        (LicenceType, "sort_order", ("sale", "sale-cal")),
        (SuitePlan, "rank", ("core", "plus")),
        (MeteredService, "sort_order", ("chat-sessions", "storage-used")),
    ]:
        one, other = (rows(model).get(code=code) for code in codes)
        one_number, other_number = getattr(one, number), getattr(other, number)
        for row, value in [(one, 999), (other, one_number), (one, other_number)]:
            rows(model).filter(pk=row.pk).update(**{number: value})

    output = load_catalogue()

    assert output == "Catalogue: 0 added, 6 changed, 0 removed.\n"
    assert everything() == before


def test_what_a_plan_no_longer_implies_or_brings_is_removed() -> None:
    load_catalogue()
    before = everything()
    saint = rows(LicenceType).get(code="saint")
    plan = rows(LicenceType).get(code="ten-sales")
    PlanInclusion(plan=plan, tier=1, feature=saint).save(using=OWNER)
    rows(AddOn).get(code="ai").brings.add(saint)

    output = load_catalogue()

    assert output == "Catalogue: 0 added, 0 changed, 2 removed.\n"
    assert everything() == before


def test_a_licence_that_has_left_the_files_is_kept_and_named() -> None:
    load_catalogue()
    vendor = rows(LicenceOwner).get(code="superoffice")
    gone = LicenceType(owner=vendor, code="telex", name="Telex", kind="system", tooltip="Telex", sort_order=9_000)
    gone.save(using=OWNER)

    output = load_catalogue()

    assert f"No longer in the files, kept: licence type {vendor.pk} telex." in output
    assert rows(LicenceType).filter(code="telex").exists()


def test_a_licence_that_has_left_the_files_makes_room_for_the_one_that_takes_its_place() -> None:
    load_catalogue()
    rows(LicenceType).filter(code="saint").update(code="old-saint")

    output = load_catalogue()

    assert "licence type" in output
    assert rows(LicenceType).get(code="saint").sort_order == 56


def test_the_database_holds_what_each_plan_implies() -> None:
    load_catalogue()

    catalogue = published_catalogue()
    for plan in catalogue.plans:
        for tier in (1, 2):
            stored = rows(PlanInclusion).filter(plan__code=plan.code, tier=tier).values_list("feature__code", flat=True)
            assert set(stored) == set(implied(plan.code, tier, catalogue=catalogue))


def test_the_database_holds_what_each_suite_plan_brings() -> None:
    load_catalogue()

    for plan in rows(SuitePlan):
        stored = plan.brings.using(OWNER).values_list("code", flat=True)
        assert set(stored) == set(suite_brings(plan.code, catalogue=published_catalogue()))


def test_the_database_holds_each_plan_limit() -> None:
    load_catalogue()

    for entry in published_catalogue().restrictions:
        stored = rows(PlanLimit).filter(restriction__code=entry.code).values_list("suite_plan__code", "limit")
        assert dict(stored) == {plan: entry.limit(plan) for plan in entry.limits}


def test_the_database_holds_prerequisites_of_the_same_owner() -> None:
    load_catalogue()

    stored = rows(LicenceType).exclude(prerequisite=None).select_related("owner", "prerequisite__owner")
    assert {(row.owner.code, row.code): (row.prerequisite.owner.code, row.prerequisite.code) for row in stored} == {
        (entry.owner, entry.code): (entry.owner, entry.requires)
        for entry in published_catalogue().licences
        if entry.requires
    }
