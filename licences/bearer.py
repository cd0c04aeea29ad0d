"""Product back ends come in by an API token, which says whose rows there are for the request.

Until the token is known the request stays in the identity scope; the session counts for nothing there
(licences/middleware.py).
"""

from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from config.api.bearer import BearerAuth, not_valid, refusal
from config.api.problems import MISSING_SCOPE
from config.api.rate import count_request
from licences.access import ApiRequest
from licences.middleware import enter_tenant
from licences.models import ApiToken
from licences.services.api_tokens import find_token, mark_use


class ApiTokenAuth(BearerAuth):
    """An API token with the scope that an operation asks for."""

    openapi_description = "An API token, which an administrator makes on the page “API tokens”."

    def authenticate(self, request: HttpRequest, shown: str) -> ApiToken:
        token = find_token(shown)
        if token is None:
            raise not_valid()
        enter_tenant(cast("ApiRequest", request), token.tenant)
        count_request(str(token.pk), most=settings.API_REQUESTS_PER_MINUTE)
        mark_use(token)
        if self.scope not in token.scopes:
            detail = _("It needs %(scope)s.") % {"scope": self.scope}
            raise refusal(MISSING_SCOPE, detail, error="insufficient_scope", scope=self.scope)
        return token
