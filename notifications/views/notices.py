"""Notices by hand: an administrator sets one, changes what it says, and ends it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only, may_act
from licences.models import User
from notifications.event_kinds import NOTICE_MEANING, Notice
from notifications.forms.notices import NoticeForm, NoticeTextForm
from notifications.models import SystemEvent
from notifications.services.notices import HasEnded, NobodyThere, change_notice, end_notice, set_notice
from notifications.services.tracker import AlreadyActive


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def notice_new(request: ConsoleRequest) -> HttpResponse:
    """Set one."""
    form = NoticeForm(request.tenant, request.POST if request.method == "POST" else None)
    if form.is_valid() and (event := set_as_typed(form, by=request.user)):
        messages.success(request, _("%(notice)s is active.") % {"notice": event.name})
        return redirect("notifications:event", event.pk)
    context = {"form": form, "may_act": may_act(request)}
    return page(request, "notifications/notice_new.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def notice(request: ConsoleRequest, event_id: int) -> HttpResponse:
    """Change what it says. One that has ended is only read, with the other events."""
    event = notice_of(request, event_id)
    form = text_form(event, request)
    if event.is_active and not form.is_valid():
        meaning = NOTICE_MEANING[Notice(event.key)]
        context = {"form": form, "event": event, "meaning": meaning, "may_act": may_act(request)}
        return page(request, "notifications/notice.html", context, status=422 if form.is_bound else 200)
    if event.is_active and change_as_typed(form, event, by=request.user):
        messages.success(request, _("%(notice)s is changed.") % {"notice": event.name})
    elif request.method == "POST":
        messages.info(request, _("Nothing was changed: the notice has ended."))
    return redirect("notifications:event", event.pk)


@require_POST
@administrators_only
def notice_end(request: ConsoleRequest, event_id: int) -> HttpResponse:
    """End it."""
    event = notice_of(request, event_id)
    try:
        end_notice(event, by=request.user)
    except HasEnded:
        messages.info(request, _("The notice had ended already."))
    else:
        messages.success(request, _("%(notice)s is ended.") % {"notice": event.name})
    return redirect("notifications:event", event.pk)


def notice_of(request: ConsoleRequest, event_id: int) -> SystemEvent:
    """A notice of the asker's tenant; anything else is a 404."""
    return get_object_or_404(SystemEvent.objects.of(request.tenant).notices().select_related("tenant"), pk=event_id)


def text_form(event: SystemEvent, request: ConsoleRequest) -> NoticeTextForm:
    """What the notice says, as it is or as it was typed."""
    typed = request.POST if request.method == "POST" else None
    initial = {"text": event.description, "expected_at": event.expected_at}
    return NoticeTextForm(typed, initial=initial, key=event.key, present=event.expected_at)


def set_as_typed(form: NoticeForm, *, by: User) -> SystemEvent | None:
    """Set the notice of a valid form; None when it is refused, which the form says then."""
    typed = form.cleaned_data
    try:
        return set_notice(
            form.tenant,
            notice=Notice(typed["notice"]),
            scope=SystemEvent.Scope(typed["scope"]),
            owner=form.owner,
            text=typed["text"],
            expected_at=typed["expected_at"],
            by=by,
        )
    except AlreadyActive:
        form.add_error(None, _("The same notice is active for them already. Change that one, or end it first."))
    except NobodyThere:
        form.add_error("scope", _("The group or user is not there any more."))
    return None


def change_as_typed(form: NoticeTextForm, event: SystemEvent, *, by: User) -> bool:
    """Change the notice as a valid form says; false when somebody has ended it meanwhile."""
    try:
        change_notice(event, text=form.cleaned_data["text"], expected_at=form.cleaned_data["expected_at"], by=by)
    except HasEnded:
        return False
    return True
