import factory
import pytest

from config.tenancy.scopes import support_scope
from tests import factories

FACTORIES = [
    thing
    for thing in vars(factories).values()
    if isinstance(thing, type) and issubclass(thing, factory.Factory) and not thing._meta.abstract
]


@pytest.mark.django_db
@pytest.mark.parametrize("made_by", FACTORIES, ids=lambda made_by: made_by.__name__)
def test_each_factory_makes_two_rows_that_the_database_accepts(made_by: type[factory.Factory]) -> None:
    first, second = made_by(), made_by()

    with support_scope("a test looks at what was made"):
        assert made_by._meta.model._default_manager.filter(pk__in=[first.pk, second.pk]).exists()


@pytest.mark.django_db
def test_what_is_made_for_a_thing_belongs_to_its_tenant() -> None:
    user = factories.UserFactory()

    seat = factories.SeatFactory(user=user)

    assert seat.tenant == seat.licence.tenant == seat.licence.licence_set.tenant == user.tenant
