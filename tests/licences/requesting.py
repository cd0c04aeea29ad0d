"""Sending requests as a tenant's administrators do, for tests of what becomes of them."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from config.tenancy.scopes import tenant_scope
from licences.models import CustomerRequest, RequestEvent, Restriction, Tenant, User
from licences.services.customer_requests import Contact, Wish, submit_request
from licences.services.request_files import Attachment
from tests.factories import RestrictionFactory, TenantFactory, UserFactory, scope_of
from tests.factories.service_level import desk_policy

CONTACT = Contact("Ask Berg", "ask@nordlys.example", "+47 22 33 44 55")
LOG = Attachment("error.log", b"it stopped")
CLICKS = 20
WHAT: dict[str, Any] = {
    "title": "The board stays empty",
    "description": "Since this morning.",
    "contact": CONTACT,
    "affected_users": 1,
    "all_users": 20,
}


def send(by: User, **more: Any) -> CustomerRequest:
    """In the transaction of a request of the tenant's."""
    with tenant_scope(by.tenant.pk):
        return submit_request(by.tenant, by=by, **(WHAT | more))


def in_scope(tenant: Tenant, change: Callable[..., object], *args: object, **options: object) -> Callable[[], object]:
    """The change as a request of the tenant makes it: one transaction."""

    def run() -> object:
        with tenant_scope(tenant.pk):
            return change(*args, **options)

    return run


def near_limit(tenant: Tenant | None = None, *, used: int = 97, limit: int = 100) -> Restriction:
    """A limit of the tenant's plan, of which so many are used."""
    restriction: Restriction = RestrictionFactory(tenant=tenant or TenantFactory(suite=True), used=used, limit=limit)
    return restriction


def for_limit(restriction: Restriction, quantity: int = 150) -> Wish:
    return Wish(CustomerRequest.Wants.LIMIT, restriction=restriction, quantity=quantity)


def asking_administrator() -> User:
    """The administrator of a CRM Suite tenant whose vendor has a support desk."""
    desk_policy()
    asker: User = UserFactory(tenant=near_limit().tenant, administrator=True, can_log_in=False)
    return asker


def now_of(request: CustomerRequest) -> CustomerRequest:
    with scope_of(request):
        return CustomerRequest.objects.get(pk=request.pk)


def events_of(request: CustomerRequest) -> list[str]:
    with scope_of(request):
        return list(RequestEvent.objects.filter(request=request).values_list("kind", flat=True))


def outcomes(results: list[Any]) -> Counter[str]:
    return Counter("done" if isinstance(each, CustomerRequest) else type(each).__name__ for each in results)
