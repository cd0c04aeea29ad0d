"""What is told by mail of logging in, in words of ours: allauth says what happened, by the name of its template."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from config.mails import Mail, compose_mail
from licences.models import User

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class Change(NamedTuple):
    subject: "StrPromise"
    what: "StrPromise"


CHANGES: Final = {
    "account/email/password_changed": Change(_("Your password was changed"), _("the password was changed.")),
    "account/email/password_set": Change(_("Your password was set"), _("a password was set.")),
    "account/email/password_reset": Change(
        _("A new password was chosen"), _("a new password was chosen, with the link of a mail.")
    ),
    "mfa/email/totp_activated": Change(_("Authenticator app set up"), _("an authenticator app was set up.")),
    "mfa/email/totp_deactivated": Change(_("Authenticator app removed"), _("the authenticator app was removed.")),
    "mfa/email/webauthn_added": Change(_("Key or passkey added"), _("a key or passkey was added.")),
    "mfa/email/webauthn_removed": Change(_("Key or passkey removed"), _("a key or passkey was removed.")),
    "mfa/email/recovery_codes_generated": Change(
        _("New recovery codes"), _("new recovery codes were made; the old ones are of no use any more.")
    ),
}
"""Each change that its user is told of, by allauth's name for the mail."""


def password_forgotten(user: User, *, url: str) -> Mail:
    """With the link that lets its reader choose a new password; at the address on record."""
    mail = _to_user("password_forgotten", user, {"url": url})
    mail.secret = True
    return mail


def address_unknown(email: str) -> Mail:
    """To whoever asked for a new password at an address that nobody has who can log in."""
    return compose_mail("address_unknown", {"email": email}, to=email)


def login_changed(user: User, change: Change, *, timestamp: datetime, ip: str, user_agent: str) -> Mail:
    """Something changed that lets the user log in: when, and from where."""
    said = {"timestamp": timestamp, "ip": ip, "user_agent": user_agent, **change._asdict()}
    return _to_user("login_changed", user, {**said, "url": settings.BASE_URL + reverse("account_reset_password")})


def _to_user(name: str, user: User, context: Mapping[str, Any]) -> Mail:
    known = {"name": user.full_name, "login_id": user.login_id, **context}
    if user.tenant is None:
        return compose_mail(name, known, to=user.email)
    return compose_mail(name, known, to=user.email, language=user.tenant.language, zone=user.tenant.zone)
