"""The set that an owner would issue for other numbers: what the plans bring follows them."""

import pytest

from licences.models import Licence, LicenceType, SuitePlan, Tenant
from licences.services.imagined_sets import imagined_issues
from licences.services.licence_sets import Issue
from tests.factories import (
    AddOnFactory,
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceTypeFactory,
    SuitePlanFactory,
    TenantFactory,
    behind_the_policies,
    scope_of,
)

pytestmark = pytest.mark.django_db


def imagined(tenant: Tenant, totals: dict[Licence, int], suite_plan: SuitePlan | None = None) -> list[Issue]:
    with scope_of(tenant):
        return imagined_issues(tenant, totals, suite_plan=suite_plan)


def totals_of(issue: Issue) -> dict[str, int]:
    return {line.type.code: line.total for line in issue.lines}


class Company:
    """Sales Premium and Service Essentials, by the codes of the published price list, with some of what they bring."""

    def __init__(self) -> None:
        self.tenant = TenantFactory()
        self.sales = self.owns("ten-sales", 5, plan=True, tier=2)
        self.service = self.owns("ten-service", 3, plan=True, tier=1)
        for code in ("quote", "ej-mod-ticket", "saint"):
            self.owns(code, 1, system=True)
        self.owns("user", 8)
        self.owns("sale-cal", 5)

    def owns(self, code: str, total: int, *, tier: int | None = None, **more: object) -> Licence:
        return LicenceFactory(tenant=self.tenant, type=LicenceTypeFactory(code=code, **more), total=total, tier=tier)


def test_without_another_number_there_is_no_other_set() -> None:
    company = Company()

    assert imagined(company.tenant, {company.sales: 5}) == []


def test_what_the_plans_bring_comes_in_the_number_of_their_seats() -> None:
    company = Company()

    (issue,) = imagined(company.tenant, {company.sales: 4})

    assert totals_of(issue) == {
        "ten-sales": 4, "ten-service": 3, "quote": 1, "ej-mod-ticket": 1, "saint": 1, "user": 7, "sale-cal": 4,
    }  # fmt: skip


def test_what_only_came_with_a_plan_that_goes_goes_too() -> None:
    company = Company()

    (issue,) = imagined(company.tenant, {company.sales: 0})

    assert totals_of(issue) == {"ten-service": 3, "ej-mod-ticket": 1, "user": 3}


def test_what_an_add_on_brings_stays() -> None:
    company = Company()
    with behind_the_policies():
        AddOnFactory().brings.set(LicenceType.objects.filter(code="saint"))

    (issue,) = imagined(company.tenant, {company.sales: 0})

    assert "saint" in totals_of(issue)


def test_a_plan_that_the_price_list_does_not_know_leaves_the_rest_as_it_is() -> None:
    company = Company()
    earlier = company.owns("superlicense-complete", 2, plan=True, tier=1)

    (issue,) = imagined(company.tenant, {earlier: 1, company.sales: 4})

    assert totals_of(issue)["user"] == 8


def test_each_owner_of_whom_something_is_asked_issues_a_set_with_the_next_number() -> None:
    company = Company()
    maps = LicenceFactory(tenant=company.tenant, type=LicenceTypeFactory(owner=LicenceOwnerFactory()), total=4)

    (issue,) = imagined(company.tenant, {maps: 2, company.sales: 5})

    assert issue.owner == maps.type.owner
    assert issue.number == maps.licence_set.issue_number + 1
    assert totals_of(issue) == {maps.type.code: 2}


def test_another_suite_plan_brings_its_own_and_takes_the_other_ones() -> None:
    old, new = SuitePlanFactory(), SuitePlanFactory()
    mail, flows = LicenceTypeFactory(code="mail"), LicenceTypeFactory(code="flows", system=True)
    with behind_the_policies():
        old.brings.set([mail])
        new.brings.set([mail, flows])
    tenant = TenantFactory(suite=True, suite_plan=old)
    seats = LicenceFactory(tenant=tenant, type=old.seat_licence, total=20)
    extra = LicenceFactory(tenant=tenant, total=2)
    for kind, total in ((old.system_licence, 1), (mail, 20)):
        LicenceFactory(tenant=tenant, type=kind, total=total)

    (issue,) = imagined(tenant, {seats: 12}, new)

    assert issue.suite_plan == new
    assert totals_of(issue) == {
        new.seat_licence.code: 12, new.system_licence.code: 1, "mail": 12, "flows": 1, extra.type.code: 2,
    }  # fmt: skip
