"""Ask the support desk for help, and say whom of the tenant's it talks to."""

from datetime import timedelta
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from config.htmx import page
from config.receiving import BoundedFileHandler, takes_files
from licences.access import ConsoleRequest, administrators_only, may_act
from licences.attachments import MOST_AT_ONCE, MOST_BYTES
from licences.forms.requests import ContactsForm, SupportForm
from licences.models import SupportContact, User
from licences.reports.service_promise import promise_now
from licences.reports.upgrade_offers import users_of
from licences.services.support_contacts import name_contacts
from licences.views.sending import send

MOST_TOGETHER: Final = MOST_AT_ONCE * MOST_BYTES
UPLOAD_WITHIN: Final = timedelta(minutes=5)
TOO_LARGE: Final = gettext_lazy("The files are larger than 25 MiB together. Choose them again, smaller or fewer.")
TOO_SLOW: Final = gettext_lazy("The upload took more than 5 minutes and was stopped. Choose smaller files.")


@administrators_only
@takes_files(most_bytes=MOST_TOGETHER, within=UPLOAD_WITHIN)
@require_http_methods(["GET", "HEAD", "POST"])
def support(request: ConsoleRequest, handler: BoundedFileHandler) -> HttpResponse:
    """The form, which asks for what a ticket has to say."""
    users = users_of(request.tenant)
    if request.method != "POST":
        return _form_page(request, SupportForm(request.user, users))
    sent, files = request.POST, request.FILES
    form = SupportForm(request.user, users, sent, files)
    form.refused = refusal_of(handler)
    if form.is_valid():
        values = form.cleaned_data
        made = send(
            request,
            form,
            title=values["title"],
            facts=form.facts,
            files=values["attachments"],
            is_security=values["is_security"],
        )
        if made:
            return redirect("licences:request", made.pk)
    return _form_page(request, form)


def refusal_of(handler: BoundedFileHandler) -> str:
    """Why the files did not arrive; empty when they did."""
    return str(TOO_LARGE if handler.is_too_large else TOO_SLOW if handler.is_too_slow else "")


def _form_page(request: ConsoleRequest, form: SupportForm) -> HttpResponse:
    context = {
        "form": form,
        "contacts": SupportContact.objects.filter(tenant=request.tenant).select_related("user"),
        "promise": promise_now(),
        "may_act": may_act(request),
    }
    return page(request, "licences/support.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def contacts(request: ConsoleRequest) -> HttpResponse:
    """At most two of the tenant's users."""
    named = SupportContact.objects.filter(tenant=request.tenant).select_related("user")
    initial = {("first" if each.place == 1 else "second"): each.user.login_id for each in named}
    form = ContactsForm(request.tenant, request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        name_contacts(request.tenant, form.users, by=request.user)
        messages.success(request, _("The support contacts were saved."))
        return redirect("licences:contacts")
    people = User.objects.of(request.tenant).able_to_log_in().filter(role=User.Role.ADMINISTRATOR)[:50]
    context = {"form": form, "named": named, "administrators": people, "may_act": may_act(request)}
    return page(request, "licences/contacts.html", context, status=422 if form.is_bound else 200)
