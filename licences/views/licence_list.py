"""One owner's tab: owner information, the licence list, and beside it the licence that is selected."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from config.htmx import page
from licences.access import ConsoleRequest, may_act, sees_totals
from licences.models import Licence, LicenceSet
from licences.reports import licence_list as report
from licences.reports.licence_status import NewestSets, OwnerStatus, newest_sets, owner_statuses
from licences.reports.paging import search_text
from licences.reports.tabs import tabs

PARTIALS = ("panel", "list", "detail", "holders")


@require_safe
def superoffice(request: ConsoleRequest, code: str | None = None) -> HttpResponse:
    """The vendor's tab."""
    sets = newest_sets(request.tenant)
    statuses = owner_statuses(request.tenant, sets, for_administrators=sees_totals(request))
    return _owner_page(request, sets, _only(each for each in statuses if each.owner.is_vendor), code)


@require_safe
def owner(request: ConsoleRequest, owner: str, code: str | None = None) -> HttpResponse:
    """A third party's tab."""
    sets = newest_sets(request.tenant)
    statuses = owner_statuses(request.tenant, sets, for_administrators=sees_totals(request))
    wanted = _only(each for each in statuses if each.owner.code == owner and not each.owner.is_vendor)
    return _owner_page(request, sets, wanted, code)


def _only(statuses: Iterable[OwnerStatus]) -> OwnerStatus:
    for status in statuses:
        return status
    raise Http404


def _owner_page(request: ConsoleRequest, sets: NewestSets, status: OwnerStatus, code: str | None) -> HttpResponse:
    with_totals, licence_set = sees_totals(request), status.licence_set
    query = report.ListQuery.from_address(request.GET.dict(), sees_totals=with_totals)
    waiting = None if status.owner.is_vendor else status.waiting
    licences = report.licence_page(licence_set, query, waiting)
    context = {
        "tab": "superoffice" if status.owner.is_vendor else status.owner.code,
        "tabs": tabs(sets.active),
        "licence_set": licence_set,
        "status": status,
        "waiting": waiting,
        "query": query,
        "shows": [(code, text) for code, (text, _which) in report.SHOW.items()] if with_totals else [],
        "licences": licences,
        "rows": report.rows(licences, licence_set, waiting),
        "held": set() if with_totals else report.held_by(request.user),
        "may_act": may_act(request),
        **(_selected(request, licence_set, code) if code else {"selected": None}),
    }
    return page(request, "licences/licence_list.html", context, partials=PARTIALS)


def _selected(request: ConsoleRequest, licence_set: LicenceSet, code: str) -> dict[str, Any]:
    """The detail: what the licence is, what it enables, and for administrators who holds it."""
    licences = Licence.objects.listed().select_related("type__prerequisite")
    licence = get_object_or_404(licences, tenant=request.tenant, licence_set=licence_set, type__code=code)
    search = search_text(request.GET.get("holder", ""))
    return {
        "selected": licence,
        "features": report.features_of(licence),
        "holder_search": search,
        "holders": report.holders_page(licence, search=search, page=request.GET.get("holders", "1"))
        if sees_totals(request) and licence.type.kind == "user"
        else None,
    }
