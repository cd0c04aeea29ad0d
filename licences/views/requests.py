"""The tenant's requests: the list of them, one with what was said, its files."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from config.htmx import page
from config.receiving import BoundedFileHandler, takes_files
from licences.access import ConsoleRequest, administrators_only, may_act
from licences.forms.requests import ReplyForm
from licences.models import CustomerRequest, RequestFile
from licences.reports import requests as report
from licences.reports.paging import nearest_page
from licences.reports.request_evidence import evidence_lines
from licences.reports.service_promise import promise_now
from licences.services.customer_requests import MovedOn, TooMany, reply, withdraw
from licences.services.request_files import TooManyFiles
from licences.views.support import MOST_TOGETHER, UPLOAD_WITHIN, refusal_of

PER_PAGE = 25
WITHDRAW = "withdraw"
"""What a form says that does not reply."""


@require_safe
@administrators_only
def requests(request: ConsoleRequest) -> HttpResponse:
    """All of them, the newest first."""
    query = report.ListQuery.from_address(request.GET.dict())
    asked = report.requests_of(request.tenant, query)
    listed = nearest_page(asked, request.GET.get("page", "1"), per_page=PER_PAGE)
    context = {
        "query": query,
        "shows": report.SHOW.items(),
        "requests": listed,
        "rows": list(report.rows(listed)),
        "may_act": may_act(request),
    }
    return page(request, "licences/requests.html", context, partials=("requests",))


@administrators_only
@takes_files(most_bytes=MOST_TOGETHER, within=UPLOAD_WITHIN)
@require_http_methods(["GET", "HEAD", "POST"])
def request(request: ConsoleRequest, handler: BoundedFileHandler, request_id: int) -> HttpResponse:
    """One of them, as it stands. What is posted is a reply, or that it is withdrawn."""
    sent, files = request.POST, request.FILES
    asked = get_object_or_404(report.one_request(request.tenant), pk=request_id)
    if request.method != "POST":
        return _request_page(request, asked, ReplyForm())
    if sent.get("do") == WITHDRAW:
        return _withdraw(request, asked)
    form = ReplyForm(sent, files)
    form.refused = refusal_of(handler)
    if form.is_valid() and (answer := _reply(request, asked, form)):
        return answer
    return _request_page(request, asked, form)


def _request_page(request: ConsoleRequest, asked: CustomerRequest, form: ReplyForm) -> HttpResponse:
    context = {
        "asked": asked,
        "state": report.state_word(asked),
        "deadline": report.deadline_of(asked),
        "kept": report.kept_of(asked),
        "lines": list(report.asked_lines(asked)),
        "evidence": list(evidence_lines(asked.evidence)),
        "thread": report.thread(asked),
        "promise": promise_now(with_answers=False) if asked.state == CustomerRequest.State.SUBMITTED else None,
        "form": form,
        "withdraw": WITHDRAW,
        "may_act": may_act(request),
    }
    return page(request, "licences/request.html", context, status=422 if form.is_bound else 200)


def _reply(request: ConsoleRequest, asked: CustomerRequest, form: ReplyForm) -> HttpResponse | None:
    values = form.cleaned_data
    try:
        reply(asked, text=values["text"], files=values["attachments"], by=request.user, form_key=form.key)
    except TooManyFiles as reason:
        form.add_error("attachments", str(reason))
        return None
    except TooMany as reason:
        form.add_error(None, str(reason))
        return None
    except MovedOn as moved:
        messages.warning(request, _moved_on(moved))
    return redirect("licences:request", asked.pk)


def _withdraw(request: ConsoleRequest, asked: CustomerRequest) -> HttpResponse:
    try:
        withdraw(asked, by=request.user)
    except MovedOn as moved:
        if moved.state != CustomerRequest.State.WITHDRAWN:
            messages.warning(request, _moved_on(moved))
    else:
        messages.success(request, _("%(number)s is withdrawn.") % {"number": asked.number})
    return redirect("licences:request", asked.pk)


def _moved_on(moved: MovedOn) -> str:
    state = CustomerRequest.State(moved.state).label
    return _("Nothing was done: the request has moved on meanwhile. It is now: %(state)s.") % {"state": state}


@require_safe
@administrators_only
def request_file(request: ConsoleRequest, request_id: int, file_id: int) -> HttpResponse:
    """A file, to be saved: nothing that was sent here is ever shown by a browser as a page of ours."""
    files = RequestFile.objects.filter(tenant=request.tenant, request=request_id, event__is_internal=False)
    file = files.filter(pk=file_id).first()
    if file is None:
        raise Http404
    response = HttpResponse(bytes(file.content), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, file.name)
    response["Cache-Control"] = "no-store, private"
    return response
