"""Who may be let in: logging in must be switched on for the user, who must hold a user licence that still runs."""

from django.db.models import Exists, OuterRef, TextChoices
from django.utils.translation import gettext_lazy as _

from licences.models import LicenceSet, LicenceType, Seat, SuitePlan, Tenant, User
from licences.models.seats import SeatQuerySet
from licences.models.users import UserQuerySet


class Refusal(TextChoices):
    """Why a user is not let in. It is told to nobody who has not proved to be that user."""

    SWITCHED_OFF = (
        "switched_off",
        _("Logging in is switched off for your user. A system administrator of your organisation can switch it on."),
    )
    NO_USER_LICENCE = (
        "no_user_licence",
        _("You have no user licence. A system administrator of your organisation can assign one to you."),
    )
    STOPPED = (
        "stopped",
        _(
            "The licence of your organisation has expired and its grace period is over. "
            "Until it is renewed, only system administrators can log in."
        ),
    )


def refusal_of(user: User) -> Refusal | None:
    """Why this user may not be let in now; None when they may. One query, in the scope of the user's tenant.

    Sources: design §4 (logging in needs *can log in* and a user licence) and §5 (after the grace period a licence is
    stopped). Administrators are let in to a stopped system, because nobody else could put it right.
    """
    if not user.can_log_in:
        return Refusal.SWITCHED_OFF
    if user.tenant is None:
        return None
    user_licence = user_licences(user.tenant).filter(user=user, licence__licence_set=OuterRef("pk"))
    vendors_sets = LicenceSet.objects.active().filter(tenant=user.tenant, owner__is_vendor=True)
    current = vendors_sets.filter(Exists(user_licence)).first()
    if current is None:
        return Refusal.NO_USER_LICENCE
    stopped = current.standing(user.tenant.today) == LicenceSet.Standing.STOPPED
    return Refusal.STOPPED if stopped and not user.is_administrator else None


def user_licences(tenant: Tenant) -> SeatQuerySet:
    """The seats that let their users log in: on CRM Suite those on the tenant's plan, else those on any user plan.

    A plan that is unrestricted by nature does not count: it stands for "no plan".
    """
    seats = Seat.objects.active().filter(tenant=tenant, licence__type__kind=LicenceType.Kind.USER)
    if tenant.suite_plan_id is not None:
        plan = SuitePlan.objects.filter(pk=tenant.suite_plan_id)
        return seats.filter(licence__type__in=plan.values("seat_licence"))
    return seats.filter(licence__type__role=LicenceType.Role.PLAN, licence__type__unrestricted=False)


def administrators_who_can_log_in(tenant: Tenant) -> UserQuerySet:
    """Those without whom nobody could put anything right."""
    in_force = user_licences(tenant).filter(
        licence__licence_set__state=LicenceSet.State.ACTIVE, licence__licence_set__owner__is_vendor=True
    )
    administrators: UserQuerySet = User.objects.of(tenant).able_to_log_in().filter(role=User.Role.ADMINISTRATOR)
    return administrators.filter(Exists(in_force.filter(user=OuterRef("pk"))))
