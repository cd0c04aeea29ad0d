"""What if: other numbers, another plan, or the licence set that waits. Asked by POST, because the answer is made by
changing everything and taking it back: for as long as that takes, others who change licences wait. No link, no
crawler and no browser that fetches ahead should make them wait, so GET only shows the form."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from config.htmx import page
from licences.access import ConsoleRequest, administrators_only, may_act
from licences.forms.what_if import WhatIfForm
from licences.models import LicenceSet
from licences.reports.paging import search_text
from licences.reports.user_licences import user_licences
from licences.services.imagined_sets import imagined_issues
from licences.services.licence_sets import NotPending, SetRefused
from licences.services.what_if import Outcome
from licences.services.what_if import what_if as outcome_of

ALL_THAT_WAIT = "pending"
"""What the address says for every set that waits; else it names the owner of one."""


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def what_if(request: ConsoleRequest) -> HttpResponse:
    """The question, and below it what would happen. Nothing of it does."""
    which = search_text(request.GET.get("set", ""))
    waiting = _waiting(request, which)
    if request.method != "POST":
        return _answer(request, WhatIfForm(request.tenant, user_licences(request.tenant)), waiting, which)
    if which:
        return _answer_for_waiting(request, waiting, which)
    form = WhatIfForm(request.tenant, user_licences(request.tenant), request.POST)
    if form.is_valid():
        try:
            sets = imagined_issues(request.tenant, form.totals, suite_plan=form.plan)
            return _answer(request, form, waiting, which, outcome_of(request.tenant, sets))
        except SetRefused as refused:
            form.add_error(None, str(refused))
    return _answer(request, form, waiting, which, status=422)


def _waiting(request: ConsoleRequest, which: str) -> list[LicenceSet]:
    """The sets that wait; of one owner, if the address names one."""
    sets = LicenceSet.objects.pending().filter(tenant=request.tenant).select_related("owner")
    return list(sets.filter(owner__code=which) if which not in ("", ALL_THAT_WAIT) else sets)


def _answer_for_waiting(request: ConsoleRequest, waiting: Sequence[LicenceSet], which: str) -> HttpResponse:
    form = WhatIfForm(request.tenant, user_licences(request.tenant))
    try:
        return _answer(request, form, waiting, which, outcome_of(request.tenant, waiting))
    except NotPending:
        messages.warning(request, _("That licence set does not wait any more. Nothing was changed: look again."))
        return redirect("licences:activation")


def _answer(
    request: ConsoleRequest,
    form: WhatIfForm,
    waiting: Sequence[LicenceSet],
    which: str,
    outcome: Outcome | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "waiting": waiting, "which": which, "outcome": outcome, "may_act": may_act(request)}
    return page(request, "licences/what_if.html", context, status=status)
