"""The console's addresses, and beside them views that behave badly: they crash, are cancelled, or leave a mark."""

from collections.abc import Iterator

from django.contrib.auth.decorators import login_not_required
from django.db import ProgrammingError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import include, path

from licences.access import ConsoleRequest
from licences.models import Seat, UserGroup

NEVER_KEPT = "written by a request that failed"


class Cancelled(BaseException):
    """What ends a thread from outside: no handler of errors sees it."""


def tenants_seen() -> list[int]:
    """Whose seats the database shows, asked without any filter."""
    return sorted(set(Seat.objects.values_list("tenant_id", flat=True)))


def seen(_request: HttpRequest) -> HttpResponse:
    return JsonResponse({"tenants": tenants_seen()})


@login_not_required
def seen_by_anyone(_request: HttpRequest) -> HttpResponse:
    try:
        with transaction.atomic():
            return JsonResponse({"tenants": tenants_seen()})
    except ProgrammingError:
        return JsonResponse({"tenants": []})


def streamed(_request: HttpRequest) -> StreamingHttpResponse:
    """What is streamed is asked when the request's transaction is over: it forgot to enter a tenant of its own."""

    def late() -> Iterator[str]:
        yield JsonResponse({"tenants": tenants_seen()}).content.decode()

    return StreamingHttpResponse(late())


def crash(request: ConsoleRequest) -> HttpResponse:
    UserGroup.objects.create(tenant=request.tenant, name=NEVER_KEPT)
    raise RuntimeError("a view crashes, as a test wants it to")


def cancel(request: ConsoleRequest) -> HttpResponse:
    UserGroup.objects.create(tenant=request.tenant, name=NEVER_KEPT)
    raise Cancelled


def stray_tenant(request: ConsoleRequest) -> HttpResponse:
    """Sets the tenant for the whole session of the connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant_id', %s, false)", [str(request.tenant.pk)])
    return JsonResponse({"tenants": tenants_seen()})


def stray_role(_request: HttpRequest) -> HttpResponse:
    """Becomes support for the whole session of the connection."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE licences_support")
    return HttpResponse()


urlpatterns = [
    path("stray/seen/", seen),
    path("stray/anyone/", seen_by_anyone),
    path("stray/streamed/", streamed),
    path("stray/crash/", crash),
    path("stray/cancel/", cancel),
    path("stray/tenant/", stray_tenant),
    path("stray/role/", stray_role),
    path("", include("config.urls")),
]
