"""Rows that break a rule, in the ways that many rules are broken."""

from collections.abc import Callable

from factory.django import DjangoModelFactory

from tests import factories


def twice(made_by: type[DjangoModelFactory], *shared: str, **given: object) -> Callable[[], object]:
    """Makes a second row that shares these fields with a first."""

    def make() -> object:
        first = made_by(**given)
        return made_by(**{name: getattr(first, name) for name in shared})

    return make


def of_another_tenant(factory: type[DjangoModelFactory], /, **theirs: type[DjangoModelFactory]) -> Callable[[], object]:
    """Makes a row of one tenant that refers to a row of another."""

    def make() -> object:
        return factory(tenant=factories.TenantFactory(), **{name: other() for name, other in theirs.items()})

    return make
