"""Who may log in, what the product reports of them, and what back ends show."""

from typing import Any

import factory
from django.db.models import Model
from factory.django import Password

from config.tenancy import scopes
from licences.models import ApiToken, DayOfUse, Hold, LoginHold, User, UserGroup
from tests.factories.tenants import LONG_AGO, TenantOwnedFactory

PASSWORD = "a long pass phrase"


class UserGroupFactory(TenantOwnedFactory):
    class Meta:
        model = UserGroup

    name = factory.Sequence(lambda n: f"Group {n}")


class UserFactory(TenantOwnedFactory):
    """A member, whose password is PASSWORD; with `administrator` or `support`, one of those."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        administrator = factory.Trait(role=User.Role.ADMINISTRATOR)
        support = factory.Trait(role=User.Role.SUPPORT, tenant=None)

    login_id = factory.Sequence(lambda n: f"user{n}")
    full_name = factory.Sequence(lambda n: f"Ask Berg {n}")
    email = factory.LazyAttribute(lambda user: f"{user.login_id}@nordlys.example")
    password = Password(PASSWORD)

    @classmethod
    def _create(cls, model_class: type[Model], *args: Any, **kwargs: Any) -> Model:
        if kwargs["tenant"] is not None:
            return super()._create(model_class, *args, **kwargs)
        with scopes.support_scope("a test makes a member of support"):
            return model_class._default_manager.create(**kwargs)


class DayOfUseFactory(TenantOwnedFactory):
    class Meta:
        model = DayOfUse

    user = factory.SubFactory(UserFactory, tenant=factory.SelfAttribute("..tenant"))
    used_on = LONG_AGO.date()


class HoldFactory(TenantOwnedFactory):
    class Meta:
        model = Hold

    user = factory.SubFactory(UserFactory, tenant=factory.SelfAttribute("..tenant"))
    source = "https://service.nordlys.example"
    key = factory.Sequence(lambda n: f"requests-{n}")
    reason = "12 open requests"
    set_at = LONG_AGO


class LoginHoldFactory(TenantOwnedFactory):
    """Keeps everybody of the tenant out, administrators excepted."""

    class Meta:
        model = LoginHold

    key = factory.Sequence(lambda n: f"test:{n}")
    scope = LoginHold.Scope.EVERYBODY
    set_at = LONG_AGO


class ApiTokenFactory(TenantOwnedFactory):
    """A token that nobody knows: `hash` is of nothing."""

    class Meta:
        model = ApiToken

    source = "https://crm.nordlys.example"
    scopes = factory.LazyFunction(lambda: [ApiToken.Scope.LICENCES_READ.value])
    prefix = "lic_0123"
    hash = factory.Sequence(lambda n: f"{n:064x}")
    made_at = LONG_AGO
    made_by_name = "admin"
