"""The support desk in Django admin: one request's page, and what is done there. The addresses stand under /admin/.

Whatever a page that has been open for a while asks for is done only while the request is as it was shown; else the
page says how it stands now, with what was typed, and nothing has changed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from licences.access import ConsoleRequest
from licences.forms.desk import AffectedForm, DeclineForm, FulfilForm, MinutesForm, SolveForm, TakeForm, WriteForm
from licences.models import CustomerRequest, RequestFile, User
from licences.reports.desk import FOR_PAGE, desk_page
from licences.services import customer_requests as services
from licences.services.customer_requests import MovedOn
from licences.services.support_time import LoggedMeanwhile, log_time

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    type Done = Callable[[CustomerRequest, Mapping[str, Any], User], object]


@dataclass(frozen=True, slots=True)
class Action:
    """What a button does: the form that it stands in, the service that it calls, and what the admin log says."""

    form: type[forms.Form]
    do: "Done"
    said: "StrPromise"


ACTIONS: Final[Mapping[str, Action]] = {
    "take": Action(TakeForm, lambda asked, _typed, by: services.take(asked, by=by), gettext_lazy("Taken.")),
    "answer": Action(
        WriteForm, lambda asked, typed, by: services.answer(asked, **typed, by=by), gettext_lazy("Answered.")
    ),
    "ask": Action(
        WriteForm, lambda asked, typed, by: services.ask(asked, **typed, by=by), gettext_lazy("Asked the customer.")
    ),
    "note": Action(WriteForm, lambda asked, typed, by: services.note(asked, **typed, by=by), gettext_lazy("Noted.")),
    "affected": Action(
        AffectedForm,
        lambda asked, typed, by: services.reclassify_request(asked, **typed, by=by),
        gettext_lazy("Changed how many are affected."),
    ),
    "decline": Action(
        DeclineForm, lambda asked, typed, by: services.decline(asked, **typed, by=by), gettext_lazy("Declined.")
    ),
    "solve": Action(
        SolveForm, lambda asked, typed, by: services.approve(asked, **typed, by=by), gettext_lazy("Solved.")
    ),
    "fulfil": Action(
        FulfilForm, lambda asked, typed, by: services.fulfil(asked, **typed, by=by), gettext_lazy("Fulfilled.")
    ),
    "worked": Action(
        MinutesForm, lambda asked, typed, by: log_time(asked, **typed, by=by), gettext_lazy("Wrote time down.")
    ),
}
"""By the name of the button."""
SOLVED_ALONE: Final = frozenset({"solve"})
"""What is done to support requests alone: upgrades are approved with what is given."""


def asked_by_number(request_id: int) -> CustomerRequest:
    """With what its page refers to; 404 when there is none."""
    return get_object_or_404(CustomerRequest.objects.select_related(*FOR_PAGE), pk=request_id)


def as_it_is_now(asked: CustomerRequest) -> CustomerRequest:
    """Read anew, after somebody else was quicker."""
    [now] = CustomerRequest.objects.select_related(*FOR_PAGE).filter(pk=asked.pk)
    return now


def show(request: ConsoleRequest, request_id: int) -> HttpResponse:
    """The page as it is now. The change page of the model in Django admin."""
    return shown(request, asked_by_number(request_id), {})


def shown(
    request: ConsoleRequest, asked: CustomerRequest, bound: Mapping[str, forms.Form], status: int = 200
) -> HttpResponse:
    """The page with these forms as they were sent, by the name of the button, and the others empty."""
    numbers = {"affected_users": asked.affected_users, "all_users": asked.all_users}
    write = next((bound[name] for name in ("answer", "ask", "note") if name in bound), None)
    page = desk_page(asked, timezone.now())
    own = {
        "page": page,
        "asked": asked,
        "minutes": bound.get("worked") or MinutesForm(initial={"beside": page.minutes}),
        "write": write or WriteForm(initial={"form_key": uuid4()}),
        "affected": bound.get("affected") or AffectedForm(initial=numbers),
        "decline": bound.get("decline") or DeclineForm(),
        "solve": bound.get("solve") or SolveForm(),
        "fulfil": bound.get("fulfil") or FulfilForm(),
        "is_undecided": asked.state in services.UNDECIDED,
        "is_mine": asked.taken_by_name == request.user.login_id,
        "title": f"{asked.number} {asked.title}",
        "opts": CustomerRequest._meta,
    }
    return render(request, "licences/desk.html", admin.site.each_context(request) | own, status=status)


@require_POST
def act(request: ConsoleRequest, request_id: int) -> HttpResponse:
    """Do what the button says. What does not do is said on the page: 422, and 409 when the request has moved on."""
    asked = asked_by_number(request_id)
    name = next((name for name in ACTIONS if name in request.POST), "")
    if not name or (name in SOLVED_ALONE and asked.kind != CustomerRequest.Kind.SUPPORT):
        messages.error(request, _("Nothing was done: that button is not known here."))
        return shown(request, asked, {}, status=422)
    action = ACTIONS[name]
    form = action.form(request.POST)
    if not form.is_valid():
        return shown(request, asked, {name: form}, status=422)
    try:
        action.do(asked, form.cleaned_data, request.user)
    except MovedOn:
        return moved_on(request, asked, {name: form})
    except LoggedMeanwhile:
        messages.warning(request, _("Nothing was done: time has been written down meanwhile. Was it this?"))
        return shown(request, asked, {}, status=409)
    tell(request, asked, str(action.said))
    return redirect("admin:licences_customerrequest_change", request_id)


def moved_on(request: ConsoleRequest, asked: CustomerRequest, bound: Mapping[str, forms.Form]) -> HttpResponse:
    """The page as it is now, after somebody else was quicker."""
    now = as_it_is_now(asked)
    said = _("Nothing was done: the request is “%(state)s” by now. This is how it stands.")
    messages.error(request, said % {"state": now.state_name})
    return shown(request, now, bound, status=409)


def tell(request: ConsoleRequest, asked: CustomerRequest, message: str) -> None:
    """The admin log and the asker learn what was done."""
    LogEntry.objects.log_actions(request.user.pk, [asked], CHANGE, message, single_object=True)
    messages.success(request, f"{asked.number}: {message}")


@require_safe
def file(request: ConsoleRequest, file_id: int) -> HttpResponseBase:
    """A file that came with a request, to be saved, whatever is in it: no browser opens it here."""
    found = get_object_or_404(RequestFile, pk=file_id)
    disposition = content_disposition_header(as_attachment=True, filename=found.name) or "attachment"
    headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(bytes(found.content), content_type="application/octet-stream", headers=headers)
