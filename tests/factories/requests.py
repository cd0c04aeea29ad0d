"""What a tenant asks the vendor for, and whom the support desk talks to."""

from typing import Any

import factory
from django.db.models import Model

from licences.models import CustomerRequest, RequestEvent, RequestFile, SupportContact
from tests.factories.licence_sets import RestrictionFactory
from tests.factories.scopes import scope_of
from tests.factories.tenants import LONG_AGO, TenantFactory, TenantOwnedFactory
from tests.factories.users import UserFactory


class CustomerRequestFactory(TenantOwnedFactory):
    """A support request with the event that it was sent; with `limit`, an upgrade that asks for more of a limit.

    It has no clocks: those are started by the service.
    """

    class Meta:
        model = CustomerRequest

    class Params:
        limit = factory.Trait(
            tenant=factory.SubFactory(TenantFactory, suite=True),
            kind=CustomerRequest.Kind.UPGRADE,
            wants=CustomerRequest.Wants.LIMIT,
            restriction=factory.SubFactory(
                RestrictionFactory, tenant=factory.SelfAttribute("..tenant"), used=97, limit=100
            ),
            quantity=150,
        )

    kind = CustomerRequest.Kind.SUPPORT
    title = factory.Sequence(lambda n: f"The board does not open {n}")
    description = "It stays empty since this morning."
    contact_name = "Ask Berg"
    contact_email = "ask@nordlys.example"
    affected_users = 1
    all_users = 20
    urgency = CustomerRequest.Urgency.LOW
    state_since = LONG_AGO
    submitted_at = LONG_AGO
    submitted_by = factory.SubFactory(UserFactory, administrator=True, tenant=factory.SelfAttribute("..tenant"))

    @classmethod
    def _create(cls, model_class: type[Model], *args: Any, **kwargs: Any) -> Model:
        made = super()._create(model_class, *args, **kwargs)
        with scope_of(made):
            RequestEvent.objects.create(
                tenant=made.tenant,
                request=made,
                kind=RequestEvent.Kind.SUBMITTED,
                at=made.submitted_at,
                by=made.submitted_by,
                by_name=made.submitted_by.full_name,
                text=made.description,
            )
        return made


class RequestEventFactory(TenantOwnedFactory):
    """An answer of support's."""

    class Meta:
        model = RequestEvent

    request = factory.SubFactory(CustomerRequestFactory, tenant=factory.SelfAttribute("..tenant"))
    kind = RequestEvent.Kind.ANSWERED
    at = LONG_AGO
    by_name = "Tuva of support"
    is_of_support = True
    text = "We are looking into it."


class RequestFileFactory(TenantOwnedFactory):
    class Meta:
        model = RequestFile

    event = factory.SubFactory(RequestEventFactory, tenant=factory.SelfAttribute("..tenant"))
    request = factory.SelfAttribute("event.request")
    name = "error.log"
    content = b"2026-01-05 09:00 it stopped"
    size_bytes = factory.LazyAttribute(lambda file: len(file.content))
    at = LONG_AGO


class SupportContactFactory(TenantOwnedFactory):
    class Meta:
        model = SupportContact

    user = factory.SubFactory(UserFactory, administrator=True, tenant=factory.SelfAttribute("..tenant"))
    place = 1
