"""Every mail of the console with made-up data, for support to look at."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.mails import Mail
from licences.login_mails import CHANGES, address_unknown, login_changed, password_forgotten
from licences.models import LicenceOwner, LicenceSet, Tenant, User
from notifications.request_previews import deadline_near, limit_at, request_news, request_received, request_to_desk
from notifications.services.licence_date_mails import licence_date_mail
from notifications.usage_previews import usage_at

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

COMPANY: Final = Tenant(company_name="Nordlys Fisk", serial_number="1000000001")
READER: Final = User(full_name="Ask Nordby", login_id="ask", email="ask@nordlys.example")
VENDOR: Final = LicenceOwner(name="SuperOffice", code="superoffice", is_vendor=True)
THIRD_PARTY: Final = LicenceOwner(name="Tindekart", code="tindekart")
BROWSER: Final = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Preview(NamedTuple):
    title: "StrPromise"
    mail: Callable[[], Mail]


def _licence_date(days_left: int, owner: LicenceOwner = VENDOR, *, waits: bool = False) -> Mail:
    expires_on = COMPANY.today + timedelta(days=days_left)
    licence_set = LicenceSet(
        owner=owner,
        expires_on=expires_on,
        warn_from_on=expires_on - timedelta(days=30),
        grace_until_on=expires_on + timedelta(days=30),
    )
    return licence_date_mail(licence_set, tenant=COMPANY, to=READER, new_one_waits=waits)


def _changed(allauths_name: str) -> Mail:
    change = CHANGES[allauths_name]
    return login_changed(READER, change, timestamp=timezone.now(), ip="192.0.2.17", user_agent=BROWSER)


def _forgotten() -> Mail:
    return password_forgotten(READER, url=f"{settings.BASE_URL}/login/forgotten/1-made-up/")


PREVIEWS: Final = {
    "licence-30": Preview(_("Licence expires in 30 days"), partial(_licence_date, 30)),
    "licence-1": Preview(_("Licence expires tomorrow"), partial(_licence_date, 1)),
    "licence-over": Preview(_("Licence has expired"), partial(_licence_date, -2)),
    "licence-waits": Preview(_("Licence expires, the new one waits"), partial(_licence_date, 7, waits=True)),
    "licence-third": Preview(_("Licence of a third party expires"), partial(_licence_date, 14, THIRD_PARTY)),
    "request-received": Preview(_("Request: received"), partial(request_received, COMPANY, READER)),
    "request-asked": Preview(_("Request: a question"), partial(request_news, COMPANY, READER, "asked")),
    "request-answered": Preview(_("Request: an answer"), partial(request_news, COMPANY, READER, "answered")),
    "request-approved": Preview(_("Request: approved"), partial(request_news, COMPANY, READER, "approved")),
    "request-declined": Preview(_("Request: declined"), partial(request_news, COMPANY, READER, "declined")),
    "request-fulfilled": Preview(_("Request: done"), partial(request_news, COMPANY, READER, "fulfilled")),
    "desk-new": Preview(_("Desk: a new request"), partial(request_to_desk, COMPANY, READER, "submitted")),
    "desk-replied": Preview(_("Desk: a reply"), partial(request_to_desk, COMPANY, READER, "replied")),
    "desk-withdrawn": Preview(_("Desk: a request withdrawn"), partial(request_to_desk, COMPANY, READER, "withdrawn")),
    "desk-near": Preview(_("Desk: a deadline is near"), partial(deadline_near, COMPANY, READER)),
    "desk-missed": Preview(_("Desk: a deadline is missed"), partial(deadline_near, COMPANY, READER, missed=True)),
    "limit-85": Preview(_("A limit is near"), partial(limit_at, COMPANY, READER, 85)),
    "limit-100": Preview(_("A limit is reached"), partial(limit_at, COMPANY, READER, 100)),
    "usage-85": Preview(_("Usage is near what is included"), partial(usage_at, COMPANY, READER, 85)),
    "usage-100": Preview(_("Usage goes beyond what is included"), partial(usage_at, COMPANY, READER, 100)),
    "password-forgotten": Preview(_("Password forgotten"), _forgotten),
    "address-unknown": Preview(_("Password forgotten, unknown address"), partial(address_unknown, READER.email)),
    **{
        name.rpartition("/")[2].replace("_", "-"): Preview(change.subject, partial(_changed, name))
        for name, change in CHANGES.items()
    },
}
"""By the name in the address."""
