"""A licence file is loaded for a tenant: taken whole, or refused with the reason while nothing changes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from licences.licence_file import FileRefused
from licences.models import HistoryEntry, LicenceOwner, LicenceSet, LicenceType, Tenant, User
from licences.services.issuing import OvertakenByAnother
from licences.services.licence_sets import IssueIsOld, LicenceNotTheOwners, OtherSubscription, SetRefused
from licences.services.loading import (
    FileNotTaken,
    NoVendorKey,
    NumbersDoNotAddUp,
    OtherTenant,
    UnknownToThisVersion,
    load_licence_file,
)
from licences.signing import MAX_BYTES
from tests.factories import (
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceTypeFactory,
    PlanInclusionFactory,
    SeatFactory,
    SuitePlanFactory,
    TenantFactory,
    scope_of,
)
from tests.licences.licence_files import licence, now, third_party_file, vendor_file
from tests.routes import rows_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vendor_key")]


@dataclass
class Case:
    """A tenant with 10 seats of a plan, 3 of them held, and a third party that it has nothing of."""

    tenant: Tenant
    plan: LicenceType
    third_party: LicenceOwner
    maps: LicenceType


@pytest.fixture
def case() -> Case:
    owned = LicenceFactory(type__plan=True, licence_set__issue_number=1)
    SeatFactory.create_batch(3, licence=owned)
    third_party = LicenceOwnerFactory()
    return Case(owned.tenant, owned.type, third_party, LicenceTypeFactory(owner=third_party, system=True))


def load(tenant: Tenant, file: bytes, by: User | None = None) -> LicenceSet:
    with scope_of(tenant):
        return load_licence_file(tenant, file, by=by)


def test_a_set_that_covers_what_is_in_use_is_active_with_all_that_it_says(case: Case, administrator: User) -> None:
    file = vendor_file(
        case.tenant,
        licence(case.plan.code, 12, name="Sales Premium"),
        issue_number=7,
        version="12.2",
        warn_from_on=date(2027, 2, 27),
        expires_on=date(2027, 3, 27),
        grace_until_on=date(2027, 4, 8),
        maintenance_until_on=date(2027, 2, 27),
    )

    loaded = load(case.tenant, file)

    with scope_of(case.tenant):
        (row,) = loaded.licences.all()
        received = HistoryEntry.objects.get(action=HistoryEntry.Action.SET_RECEIVED)
    assert (loaded.state, loaded.activated_by_itself, loaded.origin) == ("active", True, "file")
    assert (loaded.issue_number, loaded.version, loaded.suite_plan) == (7, "12.2", None)
    assert (loaded.warn_from_on, loaded.expires_on) == (date(2027, 2, 27), date(2027, 3, 27))
    assert (loaded.grace_until_on, loaded.maintenance_until_on) == (date(2027, 4, 8), date(2027, 2, 27))
    assert (row.name, row.total, row.in_use) == ("Sales Premium", 12, 3)
    assert received.after == {"issue_number": 7, "origin": "file"}


def test_a_set_that_is_short_waits(case: Case) -> None:
    loaded = load(case.tenant, vendor_file(case.tenant, licence(case.plan.code, 2)))

    assert loaded.state == "pending"


def test_a_third_partys_file_is_taken(case: Case) -> None:
    file = third_party_file(case.tenant, licence(case.maps.code, 1), owner=case.third_party.code, issue_number=1)

    loaded = load(case.tenant, file)

    assert (loaded.owner, loaded.state) == (case.third_party, "active")


def test_a_suite_tenants_set_brings_its_plan() -> None:
    plan, greater = SuitePlanFactory(), SuitePlanFactory()
    tenant = TenantFactory(suite=True, suite_plan=plan)
    file = vendor_file(tenant, licence(greater.seat_licence.code, 40), suite_plan=greater.code)

    loaded = load(tenant, file)

    assert loaded.suite_plan == greater


def test_a_company_name_may_be_written_with_accents_of_either_kind() -> None:
    tenant, kind = TenantFactory(company_name="Nordlys Åre"), LicenceTypeFactory()
    file = vendor_file(tenant, licence(kind.code, 1), company_name="Nordlys A\u030are")

    assert load(tenant, file).state == "active"


Made = Callable[[Case], bytes]

REFUSALS: dict[str, tuple[type[SetRefused], str, Made]] = {
    "altered": (
        FileNotTaken,
        "has been altered",
        lambda case: good(case).rpartition(b".")[0] + b"." + good(case, version="9").rpartition(b".")[2],
    ),
    "too large": (FileNotTaken, "too large", lambda case: b"a" * (MAX_BYTES + 1)),
    "expired": (FileNotTaken, "has expired", lambda case: good(case, valid_until=now() - timedelta(minutes=1))),
    "dates out of order": (FileNotTaken, "out of order", lambda case: good(case, expires_on=date(2027, 3, 27))),
    "signed by a third party": (
        FileNotTaken,
        "not signed by the owner",
        lambda case: vendor_file(case.tenant, licence(case.maps.code, 1), owner=case.third_party.code),
    ),
    "another serial number": (OtherTenant, "for another serial number: 2999", lambda case: for_other(case, 2999999999)),
    "another company": (OtherTenant, "for another company: Hav AS", lambda case: good(case, company_name="Hav AS")),
    "a replay": (IssueIsOld, "has come in before", lambda case: good(case, issue_number=1)),
    "an unknown owner": (
        UnknownToThisVersion,
        "does not know the owner “nobody”",
        lambda case: third_party_file(case.tenant, licence("maps", 1), owner="nobody"),
    ),
    "an unknown licence": (
        UnknownToThisVersion,
        "does not know: rockets, sails.",
        lambda case: vendor_file(case.tenant, licence(case.plan.code, 10), licence("sails", 1), licence("rockets", 1)),
    ),
    "another owner's licence": (
        UnknownToThisVersion,
        "does not know: licence-",
        lambda case: vendor_file(case.tenant, licence(case.maps.code, 1)),
    ),
    "an unknown plan": (UnknownToThisVersion, "the plan “gold”", lambda case: good(case, suite_plan="gold")),
    "a plan for a module-based tenant": (
        OtherSubscription,
        "another kind of subscription",
        lambda case: good(case, suite_plan=SuitePlanFactory().code),
    ),
    "numbers that do not add up": (NumbersDoNotAddUp, "do not add up", lambda case: adding_up(case, feature=9, tier=1)),
    "a plan without its tier": (
        NumbersDoNotAddUp,
        "do not add up",
        lambda case: adding_up(case, feature=10, tier=None),
    ),
}


def good(case: Case, **changes: Any) -> bytes:
    return vendor_file(case.tenant, licence(case.plan.code, 10), **changes)


def for_other(case: Case, serial_number: int) -> bytes:
    return good(case, serial_number=f"{serial_number}")


def adding_up(case: Case, *, feature: int, tier: int | None) -> bytes:
    """A plan of ten seats with a feature that it contains at tier 1, in some other number."""
    inclusion = PlanInclusionFactory(plan=case.plan, tier=1)
    feature_line = licence(inclusion.feature.code, feature)
    return vendor_file(case.tenant, licence(case.plan.code, 10, tier=tier), feature_line)


@pytest.mark.parametrize("name", REFUSALS)
def test_a_file_is_refused_with_the_reason_and_nothing_changes(name: str, case: Case) -> None:
    refusal, reason, file = REFUSALS[name]
    made = file(case)
    before = rows_of(case.tenant)

    with pytest.raises(refusal, match=reason) as refused:
        load(case.tenant, made)

    assert type(refused.value) is refusal
    assert rows_of(case.tenant) == before


def test_a_plan_adds_up_with_its_features(case: Case) -> None:
    assert load(case.tenant, adding_up(case, feature=10, tier=1)).state == "active"


def test_a_set_is_applied_once(case: Case) -> None:
    file = good(case)
    load(case.tenant, file)
    before = rows_of(case.tenant)

    with pytest.raises(IssueIsOld):
        load(case.tenant, file)

    assert rows_of(case.tenant) == before


def test_a_file_for_one_tenant_is_none_for_another(case: Case) -> None:
    other = TenantFactory()

    with pytest.raises(OtherTenant):
        load(other, good(case))


def test_without_the_vendors_key_nothing_is_taken(case: Case, settings: Settings) -> None:
    settings.LICENCE_VENDOR_KEY = settings.LICENCE_DEMO_KEY = ""

    with pytest.raises(NoVendorKey, match="does not know the vendor's key"):
        load(case.tenant, good(case))


def test_every_refusal_of_a_set_has_its_case() -> None:
    """Those that only the desk meets when it grants a request are provoked in tests/licences/desk."""
    every = {each for each in SetRefused.__subclasses__() if each.__module__ != "licences.services.granting"}
    expected = every - {NoVendorKey, LicenceNotTheOwners, OvertakenByAnother}

    assert {refusal for refusal, _reason, _file in REFUSALS.values()} == expected


def test_a_refusal_is_logged_by_its_name_and_without_what_the_file_says(
    case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(FileNotTaken) as refused:
        load(case.tenant, good(case, valid_until=now() - timedelta(minutes=1)))

    assert isinstance(refused.value.__cause__, FileRefused)
    lines = [record.msg for record in caplog.records if record.name == "licences.services.loading"]
    assert [(line["event"], line["refusal"]) for line in lines] == [("licence_file_refused", "Expired")]
    assert case.tenant.company_name not in str(lines)
