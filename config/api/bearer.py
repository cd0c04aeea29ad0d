"""`Authorization: Bearer …`: how a token comes in. What it is worth, an app says."""

from abc import ABC, abstractmethod
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security.http import HttpAuthBase

from config.api.problems import BAD_TOKEN, NO_TOKEN, TOKEN_IN_ADDRESS, Kind, Problem

IN_ADDRESS: Final = frozenset({"access_token", "api_token", "token"})


class BearerAuth(HttpAuthBase, ABC):
    """Lets in whoever shows a token that has `scope`. Cookies count for nothing here.

    A token in the address is refused even if a good one comes in the header: addresses are logged all along the way.
    """

    openapi_scheme = "bearer"

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Any:
        if not IN_ADDRESS.isdisjoint(request.GET):
            detail = _("Send it in the header Authorization, and revoke this one: addresses end up in logs.")
            raise refusal(TOKEN_IN_ADDRESS, detail, error="invalid_request")
        kind, _space, shown = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not shown:
            raise refusal(NO_TOKEN, _("Send one in the header: “Authorization: Bearer …”."))
        return self.authenticate(request, shown.strip())

    @abstractmethod
    def authenticate(self, request: HttpRequest, shown: str) -> Any:
        """Whoever the token is for; raises Problem for what is no good."""


def refusal(kind: Kind, detail: str = "", *, error: str = "", scope: str = "") -> Problem:
    """A problem with the challenge that RFC 6750 asks for."""
    parts = ['realm="api"', *([f'error="{error}"'] if error else []), *([f'scope="{scope}"'] if scope else [])]
    return Problem(kind, detail, headers={"WWW-Authenticate": f"Bearer {', '.join(parts)}"})


def not_valid() -> Problem:
    """The one answer to a token that never was, is revoked, or has expired."""
    return refusal(BAD_TOKEN, _("It is unknown, revoked or expired."), error="invalid_token")
