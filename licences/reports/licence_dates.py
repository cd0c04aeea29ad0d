"""What the dates of licences say to somebody who logs in."""

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from licences.models import LicenceSet, User
from licences.reports.tabs import active_sets

Standing = LicenceSet.Standing


@dataclass(frozen=True, slots=True)
class DateNotice:
    """`is_over` once the grace period has ended."""

    text: str
    is_over: bool = False


def date_notices(user: User) -> list[DateNotice]:
    """One for each owner whose licence is on a rung that concerns the user, the vendor's first.

    Administrators are told from the warning date on; everybody else only once a licence has expired.
    """
    if user.tenant is None:
        return []
    today = user.tenant.today
    found = [_notice(each, user, today) for each in active_sets(user.tenant)]
    return [notice for notice in found if notice is not None]


def _notice(licence_set: LicenceSet, user: User, today: date) -> DateNotice | None:
    standing, days_left = licence_set.standing(today), licence_set.days_left(today)
    if standing == Standing.OK or days_left is None:
        return None
    said = {
        "owner": licence_set.owner.name,
        "day": _day(licence_set.expires_on),
        "days": abs(days_left),
        "grace": _day(licence_set.grace_until_on),
    }
    if user.is_administrator:
        return DateNotice(_to_administrators(standing, days_left) % said, is_over=standing == Standing.STOPPED)
    if standing == Standing.WARNING:
        return None
    return DateNotice(_to_members(standing) % said, is_over=standing == Standing.STOPPED)


def _day(day: date | None) -> str:
    return date_format(day) if day else ""


def _to_administrators(standing: Standing, days_left: int) -> str:
    if standing == Standing.WARNING:
        when = (
            _("Your licence from %(owner)s expires today.")
            if days_left == 0
            else ngettext(
                "Your licence from %(owner)s expires on %(day)s, in %(days)d day.",
                "Your licence from %(owner)s expires on %(day)s, in %(days)d days.",
                days_left,
            )
        )
        return f"{when} {_('Fetch the new one, or ask your contact there for it.')}"
    when = ngettext(
        "Your licence from %(owner)s expired %(days)d day ago, on %(day)s.",
        "Your licence from %(owner)s expired %(days)d days ago, on %(day)s.",
        -days_left,
    )
    if standing == Standing.EXPIRED:
        return f"{when} {_('It works until %(grace)s: fetch the new one, or ask your contact there for it.')}"
    return f"{when} {_('What it licenses has stopped. Fetch the new one, or ask your contact there for it.')}"


def _to_members(standing: Standing) -> str:
    expired = _("The licence of your organisation from %(owner)s expired on %(day)s.")
    if standing == Standing.EXPIRED:
        return f"{expired} {_('You can work on until %(grace)s. A system administrator can renew it.')}"
    return f"{expired} {_('What it licenses has stopped. A system administrator can renew it.')}"
