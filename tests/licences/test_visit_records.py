import pytest
from django.db import DatabaseError, IntegrityError

from config.tenancy.scopes import support_scope
from licences.models import SupportVisit, Tenant, User
from licences.services.visits import NoReason, NotSupport, start_visit
from tests.factories import SupportVisitFactory, TenantFactory, scope_of

REASON = "Case 4711: the seats do not add up"


@pytest.fixture
def tenant(db: None) -> Tenant:
    return TenantFactory()


def test_the_service_lets_only_support_visit(administrator: User, tenant: Tenant) -> None:
    with pytest.raises(NotSupport), support_scope("a test tries"):
        start_visit(tenant, reason=REASON, by=administrator)


@pytest.mark.parametrize("reason", ["", " \t\n"])
def test_the_service_wants_a_reason(reason: str, support: User, tenant: Tenant) -> None:
    with pytest.raises(NoReason), support_scope("a test tries"):
        start_visit(tenant, reason=reason, by=support)


@pytest.mark.django_db
def test_the_database_refuses_a_visit_without_a_reason() -> None:
    with pytest.raises(IntegrityError, match="supportvisit_has_a_reason"):
        SupportVisitFactory(reason=" \t\n")


@pytest.mark.django_db
def test_a_tenant_reads_of_its_own_visits_only() -> None:
    mine, _of_another = SupportVisitFactory(), SupportVisitFactory()

    with scope_of(mine):
        assert list(SupportVisit.objects.all()) == [mine]


@pytest.mark.django_db
def test_a_tenant_cannot_write_a_visit() -> None:
    tenant = TenantFactory()

    with pytest.raises(DatabaseError, match="permission denied"), scope_of(tenant):
        SupportVisit.objects.create(tenant=tenant, login_id="nobody", reason=REASON)
