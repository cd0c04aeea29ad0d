"""The scope of a request: one transaction, as the role and tenant of whoever asks."""

from collections.abc import Callable
from typing import Any

import structlog
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from structlog.contextvars import bind_contextvars

from config.api import console
from config.tenancy import scopes
from config.tenancy.roles import SUPPORT_ROLE, TENANT_ROLE
from config.tenancy.scopes import Scope
from licences.access import ApiRequest, ConsoleRequest
from licences.models import Tenant

GetResponse = Callable[[ConsoleRequest], HttpResponse]

log = structlog.get_logger(__name__)

ADMIN = "/admin/"
OWN_LOGIN = ("/account/", "/login/", "/logout/", "/dev/mail/")
"""Where support staff look after their own login, in the identity scope: no tenant's rows are needed for it. Nor are
they for the mail of development."""
VISIT = "visited_tenant_id"
"""Session key: the tenant whose screen a member of support is looking at."""


class TenancyMiddleware:
    """Runs the rest of the request in its scope, and takes everything back when the answer is an error of ours.

    The user is looked up in the identity scope and anonymous requests stay there. For a tenant's user
    `request.tenant` is the tenant and only its rows exist. Support staff have no tenant: in Django admin they see every
    tenant's rows; elsewhere only the screen of the tenant they chose to visit, read only (`request.is_visit`). Their
    own login they look after in the identity scope. Below /api/ everybody is anonymous until a token says otherwise.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: ConsoleRequest) -> HttpResponse:
        with scopes.identity_scope():
            response = enter_request_scope(request)
            with timezone.override(request.tenant.zone if request.tenant else None):
                response = response or self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response

    def process_view(self, request: ConsoleRequest, view: object, args: Any, kwargs: Any) -> None:
        """A visit only looks."""
        if request.is_visit and request.method not in ("GET", "HEAD", "OPTIONS"):
            raise PermissionDenied


def enter_request_scope(request: ConsoleRequest) -> HttpResponse | None:
    """Move from the identity scope to the asker's; a response means that there is nothing here for them."""
    request.tenant, request.is_visit = None, False  # type: ignore[assignment]  # behind the login there is one
    if request.path.startswith(console.ROOT):
        # A session counts for nothing there: whoever shows a token enters its tenant's scope (licences/bearer.py).
        request.user = AnonymousUser()  # type: ignore[assignment]  # nobody is looked up by a cookie
    user = request.user
    if not user.is_authenticated:
        return None
    bind_contextvars(user_id=user.pk)
    if user.tenant is not None:
        enter_tenant(request, user.tenant)
        return None
    if request.path.startswith(ADMIN):
        log.info("support_scope_entered", reason="a request of support staff", path=request.path)
        scopes.enter(Scope(SUPPORT_ROLE))
        return None
    return None if request.path.startswith(OWN_LOGIN) else _enter_visit(request)


def enter_tenant(request: ConsoleRequest | ApiRequest, tenant: Tenant) -> None:
    """From here on only this tenant's rows exist for the request."""
    request.tenant = tenant
    bind_contextvars(tenant_id=tenant.pk)
    scopes.enter(Scope(TENANT_ROLE, tenant.pk))


def _enter_visit(request: ConsoleRequest) -> HttpResponse | None:
    tenant = Tenant.objects.filter(pk=request.session.get(VISIT, 0)).first()
    if tenant is None:
        return redirect("admin:index")
    request.is_visit = True
    bind_contextvars(visit=True)
    enter_tenant(request, tenant)
    return None
