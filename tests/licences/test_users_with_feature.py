"""Who may use a feature: one question to the database gives whom the answers about each user give."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.tenancy.scopes import tenant_scope
from licences.models import Licence, LicenceSet, LicenceType, PlanInclusion, Seat, Tenant, User
from licences.reports.entitlements import entitlements, users_with
from licences.reports.grants import grants_of
from tests.factories import (
    LONG_AGO,
    LicenceOwnerFactory,
    LicenceSetFactory,
    LicenceTypeFactory,
    SuitePlanFactory,
    TenantFactory,
    UserFactory,
    behind_the_policies,
)
from tests.proof import PROOF

pytestmark = pytest.mark.django_db

PLANS = range(2)
FEATURES = range(5)
PEOPLE = range(3)
LICENCES = range(len(PLANS) + len(FEATURES))


@dataclass(frozen=True)
class World:
    """What is company-wide, hidden, brought by plans, needed, owned, held, switched off and over; all by number.
    Licences are the plans, then the features; the last feature is a third party's."""

    company_wide: set[int] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)
    brought: set[tuple[int, int]] = field(default_factory=set)
    needs: dict[int, int] = field(default_factory=dict)
    owned: set[int] = field(default_factory=set)
    held: set[tuple[int, int]] = field(default_factory=set)
    out: dict[int, bool] = field(default_factory=dict)
    stopped: set[int] = field(default_factory=set)


vendors = st.sampled_from(FEATURES[:-1])
worlds = st.builds(
    World,
    company_wide=st.sets(st.sampled_from(FEATURES)),
    hidden=st.sets(st.sampled_from(FEATURES), max_size=1),
    brought=st.sets(st.tuples(st.sampled_from(PLANS), vendors)),
    needs=st.dictionaries(vendors, vendors, max_size=3),
    owned=st.sets(st.sampled_from(LICENCES), min_size=3),
    held=st.sets(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(LICENCES)), min_size=3),
    out=st.dictionaries(st.sampled_from(PEOPLE), st.booleans(), max_size=1),
    stopped=st.sets(st.sampled_from([0, 1]), max_size=1),
)


class Company:
    """A tenant and its price list, of which nothing is bought yet."""

    def __init__(self, *, suite: bool) -> None:
        owners = [LicenceOwnerFactory(vendor=True), LicenceOwnerFactory()]
        self.plans = [LicenceTypeFactory(plan=True) for _ in PLANS]
        self.features = [LicenceTypeFactory(owner=owners[place == FEATURES[-1]]) for place in FEATURES]
        self.suite_plans = [SuitePlanFactory(seat_licence=plan) for plan in self.plans] if suite else []
        self.tenant: Tenant = TenantFactory(suite=True, suite_plan=self.suite_plans[0]) if suite else TenantFactory()
        self.people = UserFactory.create_batch(len(PEOPLE), tenant=self.tenant)
        self.sets = [LicenceSetFactory(tenant=self.tenant, owner=owner) for owner in owners]

    @contextmanager
    def becomes(self, world: World) -> Iterator[None]:
        """So it is inside, and as before afterwards."""
        with transaction.atomic():
            with behind_the_policies():
                self._price_list(world)
                self._licences(world)
                self._people(world)
            with tenant_scope(self.tenant.pk):
                yield
            transaction.set_rollback(True)

    def _price_list(self, world: World) -> None:
        for place, feature in enumerate(self.features):
            feature.kind = LicenceType.Kind.SYSTEM if place in world.company_wide else LicenceType.Kind.USER
            feature.hidden = place in world.hidden
            feature.prerequisite = self.features[world.needs[place]] if place in world.needs else None
        LicenceType.objects.bulk_update(self.features, ["kind", "hidden", "prerequisite"])
        for plan, feature in world.brought:
            if self.suite_plans:
                self.suite_plans[plan].brings.add(self.features[feature])
            else:
                PlanInclusion.objects.create(plan=self.plans[plan], tier=1, feature=self.features[feature])

    def _licences(self, world: World) -> None:
        kinds = [*self.plans, *self.features]
        owned = {
            place: Licence.objects.create(
                tenant=self.tenant,
                licence_set=self.sets[kinds[place].owner_id == self.sets[1].owner_id],
                type=kinds[place],
                name=kinds[place].name,
                tier=1 if place in PLANS else None,
                total=9,
            )
            for place in world.owned
        }
        for person, place in world.held:
            if place in owned and kinds[place].kind == LicenceType.Kind.USER:
                Seat.objects.create(
                    tenant=self.tenant, licence=owned[place], user=self.people[person], assigned_at=LONG_AGO
                )

    def _people(self, world: World) -> None:
        for person, has_left in world.out.items():
            left_at = LONG_AGO if has_left else None
            User.objects.filter(pk=self.people[person].pk).update(can_log_in=False, left_at=left_at)
        past = self.tenant.today - timedelta(days=1)
        for place in world.stopped:
            of_owner = LicenceSet.objects.filter(pk=self.sets[place].pk)
            of_owner.update(warn_from_on=past, expires_on=past, grace_until_on=past)


@pytest.fixture(params=[False, True], ids=["module-based", "suite"])
def company(request: pytest.FixtureRequest) -> Company:
    return Company(suite=request.param)


@settings(max_examples=40 if PROOF else 15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds)
def test_the_users_with_a_feature_are_those_to_whom_it_is_granted(company: Company, world: World) -> None:
    with company.becomes(world):
        people = User.objects.of(company.tenant).select_related("tenant")
        answers = {user.pk: {each.feature for each in entitlements(user) if each.granted} for user in people}
        grants = grants_of(company.tenant)

        for feature in company.features:
            code = grants.kinds[feature.pk].code if feature.pk in grants.kinds else ""
            found = set(users_with(company.tenant, feature, grants).values_list("pk", flat=True))
            assert found == {pk for pk, granted in answers.items() if code in granted}
