"""What the tests of seats have in common."""

from licences.models import Licence, Seat, Tenant, User
from licences.services.seats import Refusal, Report
from tests.factories import LicenceFactory, SeatFactory, UserFactory, scope_of


def plan(tenant: Tenant, **attributes: object) -> Licence:
    """A plan that the tenant owns."""
    return LicenceFactory(tenant=tenant, type__plan=True, **attributes)


def holder(licence: Licence, **attributes: object) -> User:
    """A user of the tenant who holds a seat of the licence."""
    return SeatFactory(licence=licence, user=UserFactory(tenant=licence.tenant, **attributes)).user


def refusals(report: Report) -> list[tuple[User, Refusal, str]]:
    """Whose move was not made, why, and what stands in the way."""
    return [(refused.user, refused.reason, refused.detail) for refused in report.refused]


def held(user: User) -> set[str]:
    """The names of the licences that the user holds."""
    with scope_of(user):
        return set(Seat.objects.active().filter(user=user).values_list("licence__name", flat=True))


def in_use(licence: Licence) -> int:
    """The counter as it is stored."""
    with scope_of(licence):
        return Licence.objects.get(pk=licence.pk).in_use


def reread(user: User) -> User:
    with scope_of(user):
        return User.objects.get(pk=user.pk)
