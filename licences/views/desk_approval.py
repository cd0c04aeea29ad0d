"""Approve an upgrade at the support desk: choose what is given, see what it changes, then give just that."""

from django.contrib import admin
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from licences.access import ConsoleRequest
from licences.forms.desk import ApprovalForm, GrantForm, gives_of
from licences.models import CustomerRequest
from licences.reports.desk import wish_of
from licences.reports.gift_preview import preview_of
from licences.services.customer_requests import UNDECIDED, MovedOn
from licences.services.granting import approve_with
from licences.services.licence_sets import SetRefused
from licences.views.desk import asked_by_number, moved_on, tell


@require_http_methods(["GET", "HEAD", "POST"])
def approve(request: ConsoleRequest, request_id: int) -> HttpResponse:
    """What is given is filled in as it was asked for, and its preview shown. Only what was shown is given."""
    asked = asked_by_number(request_id)
    if asked.kind != CustomerRequest.Kind.UPGRADE:
        raise Http404
    if asked.state not in UNDECIDED:
        return moved_on(request, asked, {})
    form, is_final, refused = _form(request, asked), "approve" in request.POST, ""
    answer = ApprovalForm(request.POST if is_final else None)
    if is_final and form.is_valid() and answer.is_valid():
        try:
            return _approved(request, asked, form, answer)
        except MovedOn:
            return moved_on(request, asked, {})
        except SetRefused as not_given:
            refused = str(not_given)
    return _page(request, asked, form, answer, refused)


def _form(request: ConsoleRequest, asked: CustomerRequest) -> GrantForm:
    """As it was sent; else filled in with the wish, if that says all that there is to say."""
    possible = [gives for gives, _label in gives_of(asked.tenant)]
    chosen = next((each for each in (request.GET.get("gives"), asked.wants) if each in possible), possible[0])
    if request.method == "POST":
        return GrantForm(request.POST, asked=asked, gives=chosen)
    empty = GrantForm(None, asked=asked, gives=chosen)
    filled_in = GrantForm(empty.asked_for(), asked=asked, gives=chosen)
    return filled_in if chosen == asked.wants and filled_in.is_valid() else empty


def _approved(request: ConsoleRequest, asked: CustomerRequest, form: GrantForm, answer: ApprovalForm) -> HttpResponse:
    approved = approve_with(asked, form.gift(as_shown=True), **answer.cleaned_data, by=request.user)
    is_done = approved.state == CustomerRequest.State.FULFILLED
    tell(request, asked, _("Approved and fulfilled.") if is_done else _("Approved."))
    return redirect("admin:licences_customerrequest_change", asked.pk)


def _page(
    request: ConsoleRequest, asked: CustomerRequest, form: GrantForm, answer: ApprovalForm, refused: str
) -> HttpResponse:
    preview = None
    if form.is_bound and form.is_valid() and not refused:
        try:
            preview = preview_of(asked.tenant, form.gift(as_shown=False), timezone.now())
        except SetRefused as not_given:
            refused = str(not_given)
    is_fine = preview is not None and not refused and not answer.errors
    own = {
        "asked": asked,
        "form": form,
        "answer": answer,
        "preview": preview,
        "refused": refused,
        "kinds": gives_of(asked.tenant),
        "wish": wish_of(asked),
        "title": _("Approve %(number)s") % {"number": asked.number},
        "opts": CustomerRequest._meta,
    }
    status = 422 if request.method == "POST" and not is_fine else 200
    return render(request, "licences/desk_approve.html", admin.site.each_context(request) | own, status=status)
