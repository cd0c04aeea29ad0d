"""One's own account: who one is here, which licences one holds, and how one logs in."""

from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from config.htmx import page
from licences.access import ConsoleRequest
from licences.models import LicenceSet, Seat


@require_safe
def account(request: ConsoleRequest) -> HttpResponse:
    """Whoever is logged in sees this of themselves, whatever their role."""
    user = request.user
    seats = Seat.objects.active().filter(tenant=user.tenant_id, user=user, licence__type__hidden=False)
    in_force = seats.filter(licence__licence_set__state=LicenceSet.State.ACTIVE)
    context = {
        "seats": in_force.select_related("licence__licence_set__owner").order_by(
            "licence__licence_set__owner", "licence__type__sort_order"
        )
        if user.tenant
        else None,
        "second_factors": Authenticator.objects.filter(user=user).order_by("type", "created_at"),
    }
    return page(request, "licences/account.html", context)


@login_not_required
@secure_admin_login
def admin_entrance(request: ConsoleRequest) -> HttpResponse:
    """The login of Django admin is ours: support staff come from there, anybody else who is logged in gets 403."""
    return redirect("admin:index")
