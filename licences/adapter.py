"""What logging in with allauth means here. Nobody signs up: an administrator, an import or support adds users."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.tenancy.scopes import tenant_scope
from licences.login_mails import CHANGES, login_changed, password_forgotten
from licences.models import User
from licences.reports.licence_dates import date_notices
from licences.services.accounts import NotLetIn, refusal_of

LONGEST_AGENT = 200
"""Of what a browser calls itself, so much is told."""


class AccountAdapter(DefaultAccountAdapter):
    """Login by user ID, for those who may be let in."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("The user ID or the password is wrong."),
        "too_many_login_attempts": _("Too many attempts failed. Wait five minutes, then try again."),
        "incorrect_password": _("That is not your password."),
        "enter_current_password": _("That is not your present password."),
        "invalid_password_reset": _("This link is used up."),
        "rate_limited": _("Too many attempts. Wait a few minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count attempts per user ID and address: a stranger's guesses do not lock the user out everywhere."""
        username = f"{credentials['username']} {self.get_client_ip(request)}"
        super().pre_authenticate(request, **credentials | {"username": username})

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Turn away who may not be let in and say why; the password or passkey was right."""
        refusal = self._refusal_of(user)
        if refusal is None:
            return None
        request.session.flush()
        messages.error(request, refusal.text)
        return redirect("account_login")

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Tell who is in now what the dates of the licences say: once, on the next page."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if user.tenant_id is not None:
            with tenant_scope(user.tenant_id):
                notices = date_notices(user)
            for notice in notices:
                (messages.error if notice.is_over else messages.warning)(request, notice.text)
        return response

    def _refusal_of(self, user: User) -> NotLetIn | None:
        if user.tenant_id is None:
            return refusal_of(user)
        with tenant_scope(user.tenant_id):
            return refusal_of(user)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        is_support = isinstance(request.user, User) and request.user.is_support
        return resolve_url("admin:index" if is_support else "licences:superoffice")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return resolve_url("licences:account")

    def is_safe_url(self, url: str) -> bool:
        """Only a path of this site: no scheme, no host, whatever browsers make of odd spellings."""
        return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def set_password(self, user: User, password: str) -> None:
        """Save nothing else: before anyone is known, nothing else may be changed."""
        user.set_password(password)
        user.save(update_fields=["password"])

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of the mail. Its host is the configured one, whatever host the request named."""
        uid, token = key.split("-", 1)
        return settings.BASE_URL + reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Send to the address on record, not to what was typed."""
        password_forgotten(user, url=context["password_reset_url"]).send()

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell the user of a change, at the address on record. Also when the request is over: allauth tells of some
        changes only once they are committed."""
        agent, ip = self.get_http_user_agent(self.request)[:LONGEST_AGENT], self.get_client_ip(self.request)
        login_changed(user, CHANGES[template_prefix], timestamp=timezone.now(), ip=ip, user_agent=agent).send()


class MFAAdapter(DefaultMFAAdapter):
    """Second factors belong to the configured host."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("That code is not right."),
        "cannot_generate_recovery_codes": _("Set up an authenticator app or a key first."),
    }

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        taken = Authenticator.objects.filter(user=user, type=type).count()
        return gettext("Key %(number)s") % {"number": taken + 1}

    def get_totp_label(self, user: User) -> str:
        return user.login_id

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": urlsplit(settings.BASE_URL).hostname or "", "name": settings.MFA_TOTP_ISSUER}
