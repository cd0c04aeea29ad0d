"""Publish a tariff: typed, looked at with what it would have cost everybody, and only then published. Under /admin/."""

from typing import Final

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, LogEntry
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from licences.access import ConsoleRequest
from metering.admin.keyset import number_in
from metering.admin.tariff_texts import compared
from metering.forms.tariffs import TariffForm
from metering.models import Tariff
from metering.periods import Month
from metering.reports.previews.tariff import tariff_preview
from metering.services.tariffs import AlreadyPublished, HasBegun, publish_tariff

LIKE: Final = "like"


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: ConsoleRequest) -> HttpResponse:
    """The form; once it is filled in, what it comes to; once that was seen, the tariff."""
    if request.method == "POST":
        form = TariffForm(request.POST)
    else:
        form = TariffForm(like=Tariff.objects.filter(pk=number_in(request, LIKE) or 0).first())
    is_seen = "publish" in request.POST and request.POST.get("seen") == _typed(request, form)
    if form.is_valid() and is_seen and (tariff := _published(request, form)):
        return redirect("admin:metering_tariff_change", tariff.pk)
    own = {"form": form, "title": _("Publish a tariff"), "seen": _typed(request, form)}
    if form.is_bound and form.is_valid():
        tariff = form.tariff()
        earlier = _in_force(tariff)
        own |= {"tariff": tariff, "earlier": earlier, "compared": compared(tariff, earlier)}
        own |= {"preview": tariff_preview(tariff)}
    status = 422 if form.is_bound and not form.is_valid() else 200
    context = admin.site.each_context(request) | own
    return render(request, "admin/metering/tariff/publish.html", context, status=status)


def _in_force(tariff: Tariff) -> Tariff | None:
    """What the service costs until the tariff begins."""
    others = Tariff.objects.filter(service=tariff.service, currency=tariff.currency).select_related("service")
    return others.in_force(Month(tariff.valid_from).plus(-1)).first()


def _typed(request: HttpRequest, form: TariffForm) -> str:
    """All that was typed, in one line: whoever changes it after the look looks again."""
    return "|".join(" ".join(request.POST.get(name, "").split()) for name in form.fields)


def _published(request: ConsoleRequest, form: TariffForm) -> Tariff | None:
    try:
        tariff = publish_tariff(form.tariff(), by=request.user)
    except AlreadyPublished:
        form.already_published()
        return None
    except HasBegun:
        form.add_error("valid_from", _("That month has begun meanwhile."))
        return None
    message = _("Published.")
    LogEntry.objects.log_actions(request.user.pk, [tariff], ADDITION, message, single_object=True)
    messages.success(request, _("%(tariff)s is published.") % {"tariff": tariff})
    return tariff
