"""Whoever is logged in is looked at again at each request: what let them in may be gone since."""

from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from licences.access import ConsoleRequest
from licences.services.accounts import NotLetIn, refusal_of

SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]

ALWAYS_OPEN = {"account_logout"}
TO_PROVE = {"mfa_reauthenticate", "mfa_reauthenticate_webauthn"}
TO_ENROL = {"mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate"}


class AdmissionMiddleware:
    """Shows out a tenant's user who may no longer be let in, and holds support staff until they prove a second factor.

    A second factor counts for the session in which it was proved: somebody with a stolen password who logged in before
    the factor was there stays outside. Browsers keep no answer unless its view says otherwise: after logging out,
    going back shows nothing.
    """

    def __init__(self, get_response: Callable[[ConsoleRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: ConsoleRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    def process_view(self, request: ConsoleRequest, view: object, args: Any, kwargs: Any) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if not request.user.is_authenticated or name in ALWAYS_OPEN:
            return None
        if request.user.is_support:
            return None if has_proved_second_factor(request) else hold(request, name)
        refusal = refusal_of(request.user)
        return None if refusal is None else show_out(request, refusal)


def show_out(request: HttpRequest, refusal: NotLetIn) -> HttpResponse:
    """Forget who this is, say why, and lead to the login page."""
    logout(request)
    messages.error(request, refusal.text)
    return redirect("account_login")


def has_proved_second_factor(request: ConsoleRequest) -> bool:
    """Whether this session came in, or went on, with an authenticator app, a passkey or a recovery code."""
    if settings.SUPPORT_MFA_OPTIONAL:
        return True
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


def hold(request: ConsoleRequest, name: str) -> HttpResponse | None:
    """Lead to where the second factor is proved or, when there is none, set up; None for the pages that do so."""
    if name in TO_PROVE:
        return None
    if is_mfa_enabled(request.user, SECOND_FACTORS):
        by_code = is_mfa_enabled(request.user, [Authenticator.Type.TOTP])
        proof = "mfa_reauthenticate" if by_code else "mfa_reauthenticate_webauthn"
        return redirect_to_login(request.get_full_path(), reverse(proof))
    if name in TO_ENROL:
        return None
    messages.warning(request, _("Support staff log in with a second factor. Set one up to go on."))
    return redirect("mfa_index")
