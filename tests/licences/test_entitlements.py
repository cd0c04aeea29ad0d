"""May a user use a feature, and why: every reason, on module-based subscriptions and on CRM Suite."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.tenancy.scopes import tenant_scope
from licences.models import Licence, LicenceSet, LicenceType, Tenant, User
from licences.reports.entitlements import Entitlement, Reason, entitlement, entitlements, users_with
from licences.reports.grants import grants_of
from tests.factories import (
    LONG_AGO,
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceTypeFactory,
    PlanInclusionFactory,
    SeatFactory,
    SuitePlanFactory,
    TenantFactory,
    UserFactory,
    behind_the_policies,
    scope_of,
)

pytestmark = pytest.mark.django_db


class Shop:
    """A price list of two plans, Sales and Service at tier 1, and a tenant that has bought Sales."""

    def __init__(self) -> None:
        self.tenant = TenantFactory()
        self.sales, self.service = (LicenceTypeFactory(plan=True, code=code) for code in ("sales", "service"))
        self.mail, self.quotes, self.requests = (
            LicenceTypeFactory(code=code, hidden=True) for code in ("mail", "quotes", "requests")
        )
        for plan, brings in ((self.sales, (self.mail, self.quotes)), (self.service, (self.mail, self.requests))):
            for feature in brings:
                PlanInclusionFactory(plan=plan, feature=feature)
        self.owned = self.buys(self.sales, tier=1)

    def buys(self, kind: LicenceType, **more: object) -> Licence:
        return LicenceFactory(tenant=self.tenant, type=kind, **more)

    def seller(self, **more: object) -> User:
        """Somebody with a seat of Sales."""
        user = UserFactory(tenant=self.tenant, **more)
        SeatFactory(licence=self.owned, user=user)
        return user


def ask(user: User, feature: LicenceType | str) -> Entitlement:
    code = feature if isinstance(feature, str) else feature.code
    with tenant_scope(user.tenant_id):
        answer = entitlement(user, code)
    assert answer is not None
    return answer


def end(tenant: Tenant, *, days: int, grace: int) -> None:
    """Let every set of the tenant have expired so many days ago, with a grace period of so many."""
    expired = tenant.today - timedelta(days=days)
    with scope_of(tenant):
        LicenceSet.objects.filter(tenant=tenant).update(
            warn_from_on=expired, expires_on=expired, grace_until_on=expired + timedelta(days=grace)
        )


def by_system_licence(shop: Shop) -> tuple[User, LicenceType]:
    return shop.seller(), shop.buys(LicenceTypeFactory(system=True, code="board")).type


def in_every_plan(shop: Shop) -> tuple[User, LicenceType]:
    return shop.seller(), shop.mail


def by_plan(shop: Shop) -> tuple[User, LicenceType]:
    return shop.seller(), shop.quotes


def by_licence(shop: Shop) -> tuple[User, LicenceType]:
    loose = shop.buys(LicenceTypeFactory(code="secrets"))
    seller = shop.seller()
    SeatFactory(licence=loose, user=seller)
    return seller, loose.type


def of_a_former_employee(shop: Shop) -> tuple[User, LicenceType]:
    return UserFactory(tenant=shop.tenant, can_log_in=False, left_at=LONG_AGO), shop.quotes


def without_login(shop: Shop) -> tuple[User, LicenceType]:
    return shop.seller(can_log_in=False), shop.quotes


def without_plan(shop: Shop) -> tuple[User, LicenceType]:
    return UserFactory(tenant=shop.tenant), shop.quotes


def a_system_licence_without_plan(shop: Shop) -> tuple[User, LicenceType]:
    return UserFactory(tenant=shop.tenant), shop.buys(LicenceTypeFactory(system=True, code="board")).type


def after_expiry_without_grace(shop: Shop) -> tuple[User, LicenceType]:
    end(shop.tenant, days=1, grace=0)
    return shop.seller(), shop.quotes


def after_grace(shop: Shop) -> tuple[User, LicenceType]:
    end(shop.tenant, days=11, grace=10)
    return shop.seller(), shop.quotes


def within_grace(shop: Shop) -> tuple[User, LicenceType]:
    end(shop.tenant, days=10, grace=10)
    return shop.seller(), shop.quotes


def without_what_it_needs(shop: Shop) -> tuple[User, LicenceType]:
    windows = LicenceTypeFactory(code="windows", name="Windows")
    travel = shop.buys(LicenceTypeFactory(code="travel", prerequisite=windows))
    seller = shop.seller()
    SeatFactory(licence=travel, user=seller)
    return seller, travel.type


def two_steps_from_what_it_needs(shop: Shop) -> tuple[User, LicenceType]:
    windows = LicenceTypeFactory(code="windows")
    travel = shop.buys(LicenceTypeFactory(code="travel", prerequisite=windows))
    remote = shop.buys(LicenceTypeFactory(code="remote", prerequisite=travel.type))
    seller = shop.seller()
    for licence in (travel, remote):
        SeatFactory(licence=licence, user=seller)
    return seller, remote.type


def with_what_it_needs(shop: Shop) -> tuple[User, LicenceType]:
    loose = shop.buys(LicenceTypeFactory(code="travel", prerequisite=shop.quotes))
    seller = shop.seller()
    SeatFactory(licence=loose, user=seller)
    return seller, loose.type


def owned_but_not_held(shop: Shop) -> tuple[User, LicenceType]:
    return shop.seller(), shop.buys(LicenceTypeFactory(code="secrets")).type


def given_back(shop: Shop) -> tuple[User, LicenceType]:
    loose = shop.buys(LicenceTypeFactory(code="secrets"))
    seller = shop.seller()
    SeatFactory(licence=loose, user=seller, released_at=LONG_AGO)
    return seller, loose.type


def in_another_plan_of_the_companys(shop: Shop) -> tuple[User, LicenceType]:
    shop.buys(shop.service, tier=1)
    return shop.seller(), shop.requests


def in_a_plan_that_nobody_bought(shop: Shop) -> tuple[User, LicenceType]:
    return shop.seller(), shop.requests


def in_a_higher_tier(shop: Shop) -> tuple[User, LicenceType]:
    return shop.seller(), PlanInclusionFactory(plan=shop.sales, tier=2).feature


def never_bought(shop: Shop) -> tuple[User, LicenceType]:
    return shop.seller(), LicenceTypeFactory(code="secrets")


def hidden_and_in_no_plan(shop: Shop) -> tuple[User, LicenceType]:
    """A row of the set that nobody can be given a seat of."""
    return shop.seller(), shop.buys(LicenceTypeFactory(code="dial", hidden=True)).type


def a_system_licence_never_bought(shop: Shop) -> tuple[User, LicenceType]:
    return shop.seller(), LicenceTypeFactory(code="board", system=True)


CASES = {
    by_system_licence: (Reason.BY_SYSTEM_LICENCE, ["board"]),
    in_every_plan: (Reason.IN_EVERY_PLAN, ["base", "sales"]),
    by_plan: (Reason.BY_PLAN, ["sales"]),
    by_licence: (Reason.BY_LICENCE, ["secrets"]),
    with_what_it_needs: (Reason.BY_LICENCE, ["travel"]),
    within_grace: (Reason.BY_PLAN, ["sales"]),
    of_a_former_employee: (Reason.FORMER_EMPLOYEE, ["sales"]),
    without_login: (Reason.CANNOT_LOG_IN, ["sales"]),
    without_plan: (Reason.NO_PLAN, ["sales"]),
    a_system_licence_without_plan: (Reason.NO_PLAN, ["board"]),
    after_expiry_without_grace: (Reason.EXPIRED, ["sales"]),
    after_grace: (Reason.GRACE_OVER, ["sales"]),
    without_what_it_needs: (Reason.PREREQUISITE_MISSING, ["windows"]),
    two_steps_from_what_it_needs: (Reason.PREREQUISITE_MISSING, ["windows"]),
    owned_but_not_held: (Reason.NOT_ASSIGNED, ["secrets"]),
    given_back: (Reason.NOT_ASSIGNED, ["secrets"]),
    in_another_plan_of_the_companys: (Reason.PLAN_LACKS_IT, ["service"]),
    in_a_plan_that_nobody_bought: (Reason.PLAN_LACKS_IT, []),
    in_a_higher_tier: (Reason.PLAN_LACKS_IT, []),
    never_bought: (Reason.LICENCE_MISSING, ["secrets"]),
    hidden_and_in_no_plan: (Reason.LICENCE_MISSING, ["dial"]),
    a_system_licence_never_bought: (Reason.SYSTEM_LICENCE_MISSING, ["board"]),
}
GRANTED = {Reason.BY_SYSTEM_LICENCE, Reason.IN_EVERY_PLAN, Reason.BY_PLAN, Reason.BY_LICENCE}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_each_answer_has_its_reason_and_its_sources(
    case: Callable[[Shop], tuple[User, LicenceType]],
) -> None:
    user, feature = case(Shop())

    answer = ask(user, feature)

    reason, sources = CASES[case]
    assert (answer.granted, answer.reason) == (reason in GRANTED, reason)
    assert [source.code for source in answer.sources] == sources


def test_every_reason_is_in_the_table() -> None:
    assert {reason for reason, _sources in CASES.values()} == set(Reason)


def test_the_codes_of_the_reasons_are_stable() -> None:
    assert Reason.values == [
        "by_system_licence", "in_every_plan", "by_plan", "by_licence",
        "former_employee", "cannot_log_in", "no_plan", "expired", "grace_over", "prerequisite_missing",
        "not_assigned", "plan_lacks_it", "licence_missing", "system_licence_missing",
    ]  # fmt: skip


def test_who_holds_several_plans_has_what_any_of_them_brings() -> None:
    shop = Shop()
    seller = shop.seller()
    SeatFactory(licence=shop.buys(shop.service, tier=1), user=seller)

    assert [ask(seller, each).granted for each in (shop.quotes, shop.requests, shop.mail)] == [True] * 3
    assert [source.code for source in ask(seller, shop.mail).sources] == ["base", "sales", "service"]


def test_a_third_partys_feature_is_named_with_its_owner() -> None:
    shop, owner = Shop(), LicenceOwnerFactory(code="tindekart")
    seller = shop.seller()
    SeatFactory(licence=shop.buys(LicenceTypeFactory(owner=owner, code="maps")), user=seller)

    answer = ask(seller, "tindekart.maps")

    assert (answer.feature, answer.reason) == ("tindekart.maps", Reason.BY_LICENCE)
    assert [(source.kind, source.code) for source in answer.sources] == [("licence", "tindekart.maps")]


def test_a_third_party_whose_licences_nobody_has_is_not_spoken_of() -> None:
    shop = Shop()
    kind = LicenceTypeFactory(owner=LicenceOwnerFactory(code="blekkhus"), code="maps")
    seller = shop.seller()

    with scope_of(shop.tenant):
        assert entitlement(seller, "blekkhus.maps") is None
        assert not users_with(shop.tenant, kind).exists()


def test_one_owners_end_takes_nothing_of_anothers() -> None:
    shop, owner = Shop(), LicenceOwnerFactory(code="tindekart")
    seller = shop.seller()
    maps = shop.buys(LicenceTypeFactory(owner=owner, code="maps"))
    SeatFactory(licence=maps, user=seller)
    with scope_of(shop.tenant):
        past = shop.tenant.today - timedelta(days=1)
        sets = LicenceSet.objects.filter(tenant=shop.tenant, owner=owner)
        sets.update(warn_from_on=past, expires_on=past, grace_until_on=past)

    assert ask(seller, "tindekart.maps").reason == Reason.EXPIRED
    assert ask(seller, shop.quotes).granted


def test_plans_and_tier_markers_are_no_features() -> None:
    shop = Shop()
    shop.buys(LicenceTypeFactory(code="t1", role=LicenceType.Role.TIER_MARKER))
    seller = shop.seller()

    with scope_of(seller):
        assert {each.feature for each in entitlements(seller)} == {"mail", "quotes", "requests"}
        assert entitlement(seller, "sales") is None


def test_a_feature_that_nobody_knows_has_no_answer() -> None:
    seller = Shop().seller()

    with scope_of(seller):
        assert entitlement(seller, "no-such-feature") is None


def test_support_staff_have_no_features() -> None:
    support = UserFactory(support=True)

    assert entitlements(support) == []
    assert entitlement(support, "mail") is None


def test_on_suite_a_seat_on_the_one_plan_is_all_that_it_takes() -> None:
    tenant, user = suite()
    stranger, locked_out = UserFactory(tenant=tenant), UserFactory(tenant=tenant, can_log_in=False)

    assert ask(user, "flows").reason == Reason.BY_PLAN
    assert ask(user, "targets").reason == Reason.PLAN_LACKS_IT
    assert ask(user, "mail").reason == Reason.IN_EVERY_PLAN
    assert ask(stranger, "flows").reason == Reason.NO_PLAN
    assert ask(locked_out, "flows").reason == Reason.CANNOT_LOG_IN


def test_on_suite_the_plan_of_another_brings_nothing() -> None:
    tenant, user = suite()
    higher = LicenceType.objects.get(code="super")
    SeatFactory(licence=LicenceFactory(tenant=tenant, type=higher), user=user)

    assert ask(user, "targets").reason == Reason.PLAN_LACKS_IT


def suite() -> tuple[Tenant, User]:
    """A tenant on Plus, which brings mail and flows; Super brings targets too."""
    mail, flows, targets = (LicenceTypeFactory(code=code) for code in ("mail", "flows", "targets"))
    core, plus, best = (
        SuitePlanFactory(seat_licence=LicenceTypeFactory(plan=True, code=code)) for code in ("core", "plus", "super")
    )
    with behind_the_policies():
        core.brings.set([mail])
        plus.brings.set([mail, flows])
        best.brings.set([mail, flows, targets])
    tenant = TenantFactory(suite=True, suite_plan=plus)
    licence = LicenceFactory(tenant=tenant, type=plus.seat_licence)
    return tenant, SeatFactory(licence=licence).user


def test_all_answers_take_two_queries_however_many_there_are_and_six_when_something_has_changed() -> None:
    shop = Shop()
    seller = shop.seller()
    for _ in range(5):
        SeatFactory(licence=shop.buys(LicenceTypeFactory()), user=seller)
        shop.buys(LicenceTypeFactory(system=True))

    with scope_of(seller):
        with CaptureQueriesContext(connection) as first:
            answers = entitlements(seller)
        with CaptureQueriesContext(connection) as again:
            assert entitlements(seller) == answers

    assert len(answers) == 13
    assert (len(first), len(again)) == (6, 2)


@pytest.mark.parametrize(
    "change",
    [
        lambda licence: Licence.objects.filter(pk=licence.pk).update(name="Renamed"),
        lambda licence: Licence.objects.filter(pk=licence.pk).update(in_use=1, total=5),
        lambda licence: LicenceSet.objects.filter(pk=licence.licence_set_id).update(
            warn_from_on=LONG_AGO, expires_on=LONG_AGO, grace_until_on=LONG_AGO
        ),
        lambda licence: LicenceSet.objects.filter(pk=licence.licence_set_id).update(state="superseded"),
        lambda licence: LicenceTypeFactory(),
        lambda licence: PlanInclusionFactory(plan=licence.type, tier=licence.tier or 1),
    ],
    ids=["a licence", "its number", "a date", "a set", "a new type", "what a plan brings"],
)
def test_whatever_changes_what_is_granted_is_noticed_at_once(change: Callable[[Licence], object]) -> None:
    shop = Shop()
    seller = shop.seller()
    with scope_of(seller):
        licence = Licence.objects.in_force().select_related("type").filter(type__role="plan").first()
        before = grants_of(seller.tenant)
        assert grants_of(seller.tenant) is before

        change(licence)

        assert grants_of(seller.tenant) is not before
