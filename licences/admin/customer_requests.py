"""The support desk: the queue of what customers ask, by deadline, and the way to one request."""

import re
from typing import TYPE_CHECKING, Any, Final, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from config.admin import OF_TENANT, ReadOnlyAdmin
from licences.access import ConsoleRequest
from licences.models import CustomerRequest, SupportContact, Tenant
from licences.reports.desk import BY_DEADLINE, nearest, queue, queue_head, wish_of, with_clocks
from licences.views import desk, desk_approval

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    Requests = QuerySet[CustomerRequest]

NUMBER: Final = re.compile(r"(?:R-?)?(\d{1,18})", re.IGNORECASE)
"""How a request is named: R-000123, or less of it."""
LONGEST_NUMBER: Final = 18


class WhoseFilter(admin.SimpleListFilter):
    """The queue is what is open; the rest is there for whoever asks."""

    title = _("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, "StrOrPromise"]]:
        return [("mine", _("Mine")), ("free", _("Taken by nobody")), ("all", _("All, also closed"))]

    def choices(self, changelist: Any) -> Any:
        """What Django calls “All” is what is open here."""
        first, *others = super().choices(changelist)
        yield first | {"display": _("Open")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: "Requests") -> "Requests":
        open_ones = queryset.filter(closed_at__isnull=True)
        if self.value() == "mine":
            return open_ones.filter(taken_by_name=cast(ConsoleRequest, request).user.login_id)
        if self.value() == "free":
            return open_ones.filter(taken_by_name="")
        return queryset if self.value() == "all" else open_ones


class StateFilter(admin.ChoicesFieldListFilter):
    """A support request is not approved but solved."""

    def choices(self, changelist: Any) -> Any:
        states = CustomerRequest.State
        for choice in super().choices(changelist):
            is_both = choice["display"] == states.APPROVED.label
            yield choice | {"display": _("Approved or solved")} if is_both else choice


class OfTenantFilter(admin.SimpleListFilter):
    """Says which tenant the queue is narrowed to, and leads back to all: one narrows it by a click on a tenant."""

    title = _("tenant")
    parameter_name = "tenant__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, "StrOrPromise"]]:
        return [(str(tenant.pk), str(tenant)) for tenant in tenants_looked_at(request)]

    def queryset(self, request: HttpRequest, queryset: "Requests") -> "Requests":
        return queryset.filter(tenant__in=tenants_looked_at(request)) if self.value() else queryset


def tenants_looked_at(request: HttpRequest) -> QuerySet[Tenant]:
    """The one that the queue is narrowed to, if there is such a tenant."""
    typed = request.GET.get(OfTenantFilter.parameter_name, "")
    is_number = typed.isascii() and typed.isdigit() and len(typed) <= LONGEST_NUMBER
    return Tenant.objects.filter(pk=int(typed)) if is_number else Tenant.objects.none()


@admin.register(CustomerRequest)
class CustomerRequestAdmin(ReadOnlyAdmin):
    list_display = ["time_left", "number_and_title", "of_tenant", "how_urgent", "stands"]
    list_display_links = None
    ordering = []  # see get_ordering: no column says it
    list_filter = [WhoseFilter, "kind", ("state", StateFilter), "urgency", OfTenantFilter]
    list_select_related = ["tenant", "restriction__type", "suite_plan", "licence", "add_on"]
    search_fields = ["title", *OF_TENANT]
    change_list_template = "admin/licences/customerrequest/change_list.html"

    def get_queryset(self, request: HttpRequest) -> "Requests":
        return with_clocks(queue(super().get_queryset(request)))

    def get_ordering(self, request: HttpRequest) -> Any:
        return BY_DEADLINE

    def get_search_results(
        self, request: HttpRequest, queryset: "Requests", search_term: str
    ) -> tuple["Requests", bool]:
        """By its number too, as people write it."""
        number = NUMBER.fullmatch(search_term.strip())
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        return (found | queryset.filter(pk=int(number[1])), may_repeat) if number else (found, may_repeat)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With how the desk stands."""
        own = {"head": queue_head(tenants_looked_at(request).first(), timezone.now()), "title": _("Support desk")}
        return super().changelist_view(request, (extra_context or {}) | own)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page of the desk. Nothing is changed by this address."""
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        number = NUMBER.fullmatch(object_id)
        return desk.show(cast(ConsoleRequest, request), int(number[1]) if number else 0)

    def get_urls(self) -> list[URLPattern]:
        name, guarded = "licences_customerrequest", self.admin_site.admin_view
        own = [
            path("<int:request_id>/act/", guarded(desk.act), name=f"{name}_act"),
            path("<int:request_id>/approve/", guarded(desk_approval.approve), name=f"{name}_approve"),
            path("files/<int:file_id>/", guarded(desk.file), name=f"{name}_file"),
        ]
        return own + super().get_urls()

    @admin.display(description=_("time left"), ordering="next_due_at")
    def time_left(self, asked: CustomerRequest) -> SafeString:
        left = nearest(asked.clocks.all(), timezone.now())
        return render_to_string("admin/licences/customerrequest/time_left.html", {"left": left, "asked": asked})

    @admin.display(description=_("request"), ordering="pk")
    def number_and_title(self, asked: CustomerRequest) -> SafeString:
        address = reverse("admin:licences_customerrequest_change", args=[asked.pk])
        asks = wish_of(asked) or asked.get_kind_display()
        return format_html('<a href="{}">{} {}</a><small>{}</small>', address, asked.number, asked.title, asks)

    @admin.display(description=_("tenant"), ordering="tenant__company_name")
    def of_tenant(self, asked: CustomerRequest) -> SafeString:
        """The tenant, and the way to all that it asks."""
        query = {OfTenantFilter.parameter_name: asked.tenant_id}
        address = reverse("admin:licences_customerrequest_changelist", query=query)
        tenant = asked.tenant
        return format_html('<a href="{}">{}</a><small>{}</small>', address, tenant.company_name, tenant.serial_number)

    @admin.display(description=_("urgency"), ordering="urgency")
    def how_urgent(self, asked: CustomerRequest) -> SafeString:
        return render_to_string("admin/licences/customerrequest/urgency.html", {"asked": asked})

    @admin.display(description=_("state"), ordering="state")
    def stands(self, asked: CustomerRequest) -> SafeString:
        """Its state, who has it, and whether the customer has said something since."""
        return render_to_string("admin/licences/customerrequest/state.html", {"asked": asked})


@admin.register(SupportContact)
class SupportContactAdmin(ReadOnlyAdmin):
    list_display = ["user", "place", "tenant"]
    list_select_related = ["tenant", "user"]
    search_fields = [*OF_TENANT, "user__full_name", "user__login_id"]
