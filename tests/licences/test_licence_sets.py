"""A tenant's first licence set of an owner."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from licences.models import Licence, LicenceSet, Tenant
from licences.services.licence_sets import (
    Issue,
    IssueIsOld,
    LicenceDates,
    LicenceLine,
    LicenceNotTheOwners,
    receive_set,
)
from tests.factories import LicenceOwnerFactory, LicenceTypeFactory, TenantFactory, scope_of

pytestmark = pytest.mark.django_db

DATES = LicenceDates(
    warn_from_on=date(2027, 2, 27),
    expires_on=date(2027, 3, 27),
    grace_until_on=date(2027, 4, 8),
    maintenance_until_on=date(2027, 2, 27),
)


def issue(tenant: Tenant, *lines: LicenceLine, dates: LicenceDates = DATES) -> LicenceSet:
    owner = LicenceOwnerFactory(vendor=True)
    with scope_of(tenant):
        return receive_set(tenant, Issue(owner, 1, lines, version="12.1", dates=dates), by=None)


def test_the_set_is_active_with_its_dates_and_licences() -> None:
    tenant, plan = TenantFactory(), LicenceTypeFactory(plan=True)

    issued = issue(tenant, LicenceLine(type=plan, total=21, name="Sales Premium", tier=2))

    with scope_of(tenant):
        (active,) = LicenceSet.objects.active().filter(tenant=tenant)
        (licence,) = active.licences.all()
    assert active == issued
    assert (active.version, active.warn_from_on, active.expires_on) == ("12.1", DATES.warn_from_on, DATES.expires_on)
    assert (active.grace_until_on, active.maintenance_until_on) == (DATES.grace_until_on, DATES.maintenance_until_on)
    assert (licence.name, licence.tier, licence.total, licence.in_use) == ("Sales Premium", 2, 21, 0)


def test_a_licence_is_unrestricted_when_its_type_is() -> None:
    tenant = TenantFactory()
    types = [LicenceTypeFactory(unrestricted=unrestricted) for unrestricted in (True, False)]

    issued = issue(tenant, *(LicenceLine(type=kind, total=1, name=kind.name) for kind in types))

    with scope_of(tenant):
        assert list(issued.licences.values_list("unrestricted", flat=True)) == [True, False]


def test_a_set_without_dates_holds_for_ever() -> None:
    issued = issue(TenantFactory(), LicenceLine(LicenceTypeFactory(), 1, "One"), dates=LicenceDates())

    assert issued.days_left(date(2999, 1, 1)) is None


def test_the_same_issue_a_second_time_is_refused_and_changes_nothing() -> None:
    tenant, kind = TenantFactory(), LicenceTypeFactory()
    first = issue(tenant, LicenceLine(type=kind, total=1, name="First"))

    with pytest.raises(IssueIsOld, match="has come in before"), transaction.atomic():
        issue(tenant, LicenceLine(type=kind, total=2, name="Second"))

    with scope_of(tenant):
        assert LicenceSet.objects.get() == first
        assert Licence.objects.get().total == 1


def test_a_set_without_licences_is_refused() -> None:
    with pytest.raises(LicenceNotTheOwners):
        issue(TenantFactory())


def test_dates_out_of_order_are_refused() -> None:
    out_of_order = LicenceDates(
        warn_from_on=DATES.grace_until_on, expires_on=DATES.expires_on, grace_until_on=DATES.warn_from_on
    )

    with pytest.raises(IntegrityError, match="licenceset_warning_expiry_grace_in_order"), transaction.atomic():
        issue(TenantFactory(), LicenceLine(LicenceTypeFactory(), 1, "One"), dates=out_of_order)
