"""Ask for more: the capacity of a limit, a bigger plan, seats, an add-on."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only, may_act
from licences.forms.upgrade import UpgradeForm
from licences.reports.request_evidence import evidence_lines, evidence_of
from licences.reports.service_promise import promise_now
from licences.reports.upgrade_offers import Offers, offers_of
from licences.views.sending import send


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def upgrade(request: ConsoleRequest) -> HttpResponse:
    """The form, filled in as the address says. Whoever has asked for the limit already comes to that request."""
    offers = offers_of(request.tenant)
    if request.method != "POST":
        limit = offers.limits.get(request.GET.get("limit", ""))
        if limit and limit.asked_id:
            return redirect("licences:request", limit.asked_id)
        form = UpgradeForm(offers, request.user, asked=request.GET.dict())
        return _form_page(request, form, offers, refusal=limit.refusal if limit else "")
    form = UpgradeForm(offers, request.user, request.POST)
    if form.is_valid():
        evidence = evidence_of(offers, about=form.about)
        if sent := send(request, form, title=form.title[:200], wish=form.wish, evidence=evidence):
            return redirect("licences:request", sent.pk)
    return _form_page(request, form, offers)


def _form_page(request: ConsoleRequest, form: UpgradeForm, offers: Offers, refusal: str = "") -> HttpResponse:
    context = {
        "form": form,
        "offers": offers,
        "refusal": refusal,
        "evidence": list(evidence_lines(evidence_of(offers))),
        "promise": promise_now(),
        "may_act": may_act(request),
    }
    return page(request, "licences/upgrade.html", context, status=422 if form.is_bound else 200)
