"""The API tokens of a tenant: what there is, a new one, and the end of one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only, may_act
from licences.forms.tokens import TokenForm
from licences.models import ApiToken
from licences.reports.paging import nearest_page
from licences.services.api_tokens import make_token, revoke_token

PER_PAGE = 50


@require_safe
@administrators_only
def tokens(request: ConsoleRequest) -> HttpResponse:
    """Every token, the newest first."""
    made = ApiToken.objects.filter(tenant=request.tenant)
    context = {
        "tokens": nearest_page(made, request.GET.get("page", "1"), per_page=PER_PAGE),
        "may_act": may_act(request),
    }
    return page(request, "licences/tokens.html", context, partials=("tokens",))


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def token_new(request: ConsoleRequest) -> HttpResponse:
    """Make one. The answer shows it, and nothing else ever does: it is neither kept nor sent on."""
    form = TokenForm(request.tenant, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"form": form, "may_act": may_act(request)}
        return page(request, "licences/token_new.html", context, status=422 if form.is_bound else 200)
    asked = form.cleaned_data
    made = make_token(
        request.tenant, source=asked["source"], scopes=asked["scopes"], expires_at=form.expires_at, by=request.user
    )
    return page(request, "licences/token_made.html", {"made": made})


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def token_revoke(request: ConsoleRequest, token_id: int) -> HttpResponse:
    """Revoke one, once one has said so twice."""
    made = ApiToken.objects.filter(tenant=request.tenant).select_related("tenant")
    token = get_object_or_404(made, pk=token_id)
    if request.method != "POST":
        return page(request, "licences/token_revoke.html", {"token": token, "may_act": may_act(request)})
    if revoke_token(token, by=request.user):
        messages.success(request, _("The token of %(source)s is revoked.") % {"source": token.source})
    else:
        messages.info(request, _("The token of %(source)s was revoked already.") % {"source": token.source})
    return redirect("licences:tokens")
