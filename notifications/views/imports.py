"""The import wizard: upload a file, say which column is what, check, import, read what became of it, undo it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.htmx import page
from config.receiving import BoundedFileHandler, wait_for_upload
from licences.access import ConsoleRequest, administrators_only, may_act
from licences.reports.paging import nearest_page
from notifications.forms.imports import READING_ANOTHER, TOO_LARGE, TOO_SLOW, ColumnsForm, UploadForm
from notifications.imports import kind_of, kinds_for
from notifications.imports.kinds import ImportKind
from notifications.models import Import
from notifications.reading.limits import MOST_BYTES
from notifications.reports.import_page import ImportPage
from notifications.services import importing
from notifications.services.forgetting import AtWork, Imported, discard
from notifications.services.tracker import AlreadyActive
from notifications.services.uploads import UPLOAD_WITHIN, KeepsTooMuch, store_upload
from notifications.tasks import nudge

PER_PAGE = 25
ALREADY = gettext_lazy("Another import is running or being undone. Wait until it is done, then try again.")


@require_safe
@administrators_only
def imports(request: ConsoleRequest) -> HttpResponse:
    """All imports so far, newest first."""
    listed = Import.objects.filter(tenant=request.tenant).select_related("created_by")
    found = nearest_page(listed, request.GET.get("page", "1"), per_page=PER_PAGE)
    rows = [ImportPage(imported) for imported in found]
    context = {"imports": found, "rows": rows, "may_act": may_act(request)}
    return page(request, "notifications/imports.html", context, partials=("list",))


@csrf_exempt
@administrators_only
def import_new(request: ConsoleRequest) -> HttpResponse:
    """Upload a file. How it is received is said before anything reads the request: the check for a forged one, which
    comes right after, reads all of it."""
    handler = BoundedFileHandler(request, most_bytes=MOST_BYTES, seconds=UPLOAD_WITHIN.total_seconds())
    request.upload_handlers = [handler]
    if request.method == "POST":
        wait_for_upload(UPLOAD_WITHIN)
    response: HttpResponse = _import_new(request, handler)
    return response


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def _import_new(request: ConsoleRequest, handler: BoundedFileHandler) -> HttpResponse:
    form, kind = UploadForm(), kind_of(request.GET.get("kind", ""), request.tenant)
    if request.method == "POST":
        sent, files = request.POST, request.FILES
        refused = TOO_LARGE if handler.is_too_large else TOO_SLOW if handler.is_too_slow else ""
        form = UploadForm(sent, files, refused=refused)
    if form.is_valid() and (imported := _stored(request, form, kind)):
        nudge()
        return redirect("notifications:import_file", imported.pk)
    kinds = kinds_for(request.tenant)
    context = {"form": form, "kind": kind, "kinds": kinds, "section": kind.words.section, "may_act": may_act(request)}
    return page(request, "notifications/import_new.html", context, status=422 if form.is_bound else 200)


def _stored(request: ConsoleRequest, form: UploadForm, kind: ImportKind) -> Import | None:
    file, by = form.cleaned_data["file"], request.user
    try:
        return store_upload(request.tenant, kind=kind.code, file=file, name=file.name, size=file.size, by=by)
    except AlreadyActive:
        form.add_error("file", READING_ANOTHER)
    except KeepsTooMuch as reason:
        form.add_error("file", str(reason))
    return None


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def import_file(request: ConsoleRequest, import_id: int) -> HttpResponse:
    """One import, at the step where it is; what is posted are the columns, and the check begins."""
    imported = _import_of(request, import_id)
    shown = ImportPage(imported, choosing="columns" in request.GET or request.method == "POST")
    sent = request.POST if request.method == "POST" else None
    form = ColumnsForm(imported, sent, preview=shown.preview) if shown.is_choosing else None
    if form is not None and form.is_valid() and _checked(request, imported, form):
        return redirect("notifications:import_file", imported.pk)
    context = _shown(request, shown) | {"form": form}
    status = 422 if form is not None and form.is_bound else 200
    return page(request, "notifications/import_file.html", context, partials=("panel",), status=status)


def _checked(request: ConsoleRequest, imported: Import, form: ColumnsForm) -> bool:
    """Take the columns as they were chosen and start the check; what stands in the way is said in the form."""
    mapping, match_by, duplicates = form.mapping, form.match_by, form.chosen_duplicates
    try:
        importing.choose_mapping(imported, mapping=mapping, match_by=match_by, duplicates=duplicates, by=request.user)
        importing.start_check(imported, by=request.user)
    except importing.WrongMapping as wrong:
        form.add_error(None, str(wrong))
    except AlreadyActive:
        form.add_error(None, _("Another file of yours is being checked. Wait until that is done, then try again."))
    except importing.NotRead:
        return True
    else:
        nudge()
    return not form.errors


@require_POST
@administrators_only
def import_run(request: ConsoleRequest, import_id: int) -> HttpResponse:
    """Import what was checked."""
    imported = _import_of(request, import_id)
    try:
        importing.start_import(imported, by=request.user)
    except AlreadyActive:
        messages.error(request, ALREADY)
    except importing.NotChecked:
        messages.info(request, _("This file has moved on since. See where it is now."))
    else:
        nudge()
    return redirect("notifications:import_file", imported.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def import_undo(request: ConsoleRequest, import_id: int) -> HttpResponse:
    """Say what undoing does, then do it."""
    imported = _import_of(request, import_id)
    if request.method != "POST":
        return page(request, "notifications/import_undo.html", _shown(request, ImportPage(imported)))
    try:
        importing.start_undo(imported, by=request.user)
    except AlreadyActive:
        messages.error(request, ALREADY)
    except (importing.NotImported, importing.TooLate):
        messages.info(request, _("This import cannot be undone any more."))
    except importing.Stays:
        messages.info(request, _("What is counted stays. Support can correct it: ask them with a request."))
    else:
        nudge()
    return redirect("notifications:import_file", imported.pk)


@require_POST
@administrators_only
def import_discard(request: ConsoleRequest, import_id: int) -> HttpResponse:
    """Forget the file now."""
    imported = _import_of(request, import_id)
    try:
        discard(imported)
    except (AtWork, Imported):
        messages.info(request, _("This file cannot be discarded now. See where it is."))
        return redirect("notifications:import_file", imported.pk)
    messages.success(request, _("%(file)s is discarded. Nothing of it was kept.") % {"file": imported.file_name})
    return redirect("notifications:imports")


def _shown(request: ConsoleRequest, shown: ImportPage) -> dict[str, Any]:
    """What a page of one import shows, in the section of the main navigation that it belongs to."""
    section = shown.kind.words.section
    return {"shown": shown, "imported": shown.imported, "section": section, "may_act": may_act(request)}


def _import_of(request: ConsoleRequest, import_id: int) -> Import:
    """An import of the asker's tenant; anything else is a 404."""
    imports_ = Import.objects.select_related("event", "created_by", "tenant")
    return get_object_or_404(imports_, tenant=request.tenant, pk=import_id)
