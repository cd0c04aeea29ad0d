"""What the tabs are measured against: plain Django, behind the same middleware, login and tenant transaction.

Each view renders the rows and columns of its tab in a minimal template, from one query.
"""

from typing import Any

from django.db.models import Case, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import render

from licences.access import ConsoleRequest
from licences.models import Licence, LicenceSet, Restriction
from licences.reports.licence_list import GROUPS, SHOW
from licences.reports.licence_list import PER_PAGE as LICENCES_PER_PAGE
from notifications.models import SystemEvent
from notifications.reports.event_list import PER_PAGE as EVENTS_PER_PAGE


def superoffice(request: ConsoleRequest) -> HttpResponse:
    """A page of the licence list: name, in use, total, available."""
    search, show = request.GET.get("q", ""), request.GET.get("show", "all")
    licences = (
        Licence.objects.filter(
            SHOW[show][1],
            tenant=request.tenant,
            licence_set__state=LicenceSet.State.ACTIVE,
            licence_set__owner__is_vendor=True,
            type__hidden=False,
            name__icontains=search,
        )
        .select_related("type", "licence_set__owner")
        .annotate(
            group=Case(
                *(When(type__kind=kind, then=Value(place)) for place, kind in enumerate(GROUPS)),
                output_field=IntegerField(),
            )
        )
        .order_by("group", "type__sort_order", "pk")
    )
    return render(request, "bare/superoffice.html", {"licences": _page_of(request, licences, LICENCES_PER_PAGE)})


def status(request: ConsoleRequest) -> HttpResponse:
    """The Database section with, on CRM Suite, the plan's restrictions."""
    vendor = LicenceSet.objects.filter(
        tenant=request.tenant, state=LicenceSet.State.ACTIVE, owner__is_vendor=True
    ).values("expires_on")
    if not request.tenant.is_suite:
        return render(request, "bare/status.html", {"rows": list(vendor)})
    restrictions = (
        Restriction.objects.filter(tenant=request.tenant)
        .select_related("type", "tenant__suite_plan")
        .annotate(expires_on=Subquery(vendor.filter(tenant=OuterRef("tenant"))))
        .order_by("type__sort_order")
    )
    return render(request, "bare/status.html", {"rows": list(restrictions)})


def notifications(request: ConsoleRequest) -> HttpResponse:
    """The newest events, in seven columns."""
    events = (
        SystemEvent.objects.filter(tenant=request.tenant)
        .select_related("activated_by")
        .annotate(ends_at=Coalesce("finished_at", "expected_at"))
        .order_by("-activated_at", "-pk")
    )
    return render(request, "bare/notifications.html", {"events": _page_of(request, events, EVENTS_PER_PAGE)})


def _page_of(request: ConsoleRequest, rows: QuerySet[Any], length: int) -> QuerySet[Any]:
    first = (int(request.GET.get("page", 1)) - 1) * length
    return rows[first : first + length]
