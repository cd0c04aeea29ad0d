"""Who may be let in: logging in must be switched on for the user, who must hold a user licence that still runs."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, TextChoices
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from licences.models import LicenceSet, LicenceType, LoginHold, Seat, SuitePlan, Tenant, User
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
    NO_LOGIN = ("no_login", _("Logging in is closed for now. Nothing is wrong with your user: please try again later."))


@dataclass(frozen=True, slots=True)
class NotLetIn:
    """Why a user is not let in. `expected_at` is when the door should be open again, by the tenant's clock; `reason`
    is what whoever closed it has to say."""

    why: Refusal
    expected_at: datetime | None = None
    reason: str = ""

    @property
    def text(self) -> str:
        """In words for the user. A time that is over already would promise nothing."""
        said = [str(self.why.label)]
        if self.expected_at is not None and self.expected_at > timezone.now():
            end = date_format(self.expected_at, gettext("j M Y H:i"))
            said.append(gettext("It should be open again about %(end)s.") % {"end": end})
        return " ".join([*said, self.reason]).strip()


def refusal_of(user: User) -> NotLetIn | None:
    """Why this user may not be let in now; None when they may. One query, in the scope of the user's tenant; a
    second while somebody is kept out.

    Sources: design §4 (logging in needs *can log in* and a user licence), §5 (after the grace period a licence is
    stopped) and §14.4 (*No login*). Administrators are let in to a stopped or closed system, because nobody else could
    put it right.
    """
    if not user.can_log_in:
        return NotLetIn(Refusal.SWITCHED_OFF)
    if user.tenant is None:
        return None
    names = ("expires_on", "warn_from_on", "grace_until_on")
    dates = [f"licence__licence_set__{name}" for name in names]
    is_held = Exists(LoginHold.objects.filter(tenant=user.tenant))  # for whom is only asked when there is one
    seats = user_licences_in_force(user.tenant).filter(user=user).order_by()
    found = seats.annotate(is_held=is_held).values_list("is_held", *dates).first()
    if found is None:
        return NotLetIn(Refusal.NO_USER_LICENCE)
    if user.is_administrator:
        return None
    licence_set = LicenceSet(**dict(zip(names, found[1:], strict=True)))
    if licence_set.standing(user.tenant.today) == LicenceSet.Standing.STOPPED:
        return NotLetIn(Refusal.STOPPED)
    return _kept_out(user.tenant, LoginHold.objects.on(user).first()) if found[0] else None


def _kept_out(tenant: Tenant, hold: LoginHold | None) -> NotLetIn | None:
    """What the hold says, if there is one."""
    if hold is None:
        return None
    end = hold.expected_at and timezone.localtime(hold.expected_at, tenant.zone)
    return NotLetIn(Refusal.NO_LOGIN, end, hold.reason)


def user_licences(tenant: Tenant) -> SeatQuerySet:
    """The seats that let their users log in: on CRM Suite those on the tenant's plan, else those on any user plan.

    A plan that is unrestricted by nature does not count: it stands for "no plan".
    """
    seats = Seat.objects.active().filter(tenant=tenant, licence__type__kind=LicenceType.Kind.USER)
    if tenant.suite_plan_id is not None:
        plan = SuitePlan.objects.filter(pk=tenant.suite_plan_id)
        return seats.filter(licence__type__in=plan.values("seat_licence"))
    return seats.filter(licence__type__role=LicenceType.Role.PLAN, licence__type__unrestricted=False)


def user_licences_in_force(tenant: Tenant) -> SeatQuerySet:
    """Those of the vendor's active set."""
    return user_licences(tenant).filter(
        licence__licence_set__state=LicenceSet.State.ACTIVE, licence__licence_set__owner__is_vendor=True
    )


def administrators_who_can_log_in(tenant: Tenant) -> UserQuerySet:
    """Those without whom nobody could put anything right."""
    in_force = user_licences_in_force(tenant)
    administrators: UserQuerySet = User.objects.of(tenant).able_to_log_in().filter(role=User.Role.ADMINISTRATOR)
    return administrators.filter(Exists(in_force.filter(user=OuterRef("pk"))))
