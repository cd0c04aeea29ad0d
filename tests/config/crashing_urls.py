"""Our addresses, and some whose views fail."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import handler500
from config.urls import urlpatterns as ours
from licences.models import Tenant
from tests.factories import behind_the_policies

__all__ = ["handler500"]

SECRET = "a-secret-in-a-local-variable"


def crash(request: HttpRequest, key: str) -> HttpResponse:
    secret = SECRET
    raise RuntimeError("The sky is falling", len(secret)) from None


def ask_the_impossible(request: HttpRequest) -> HttpResponse:
    """The database's complaint quotes the value."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::integer", [SECRET])
    return HttpResponse()


def break_a_rule(request: HttpRequest) -> HttpResponse:
    """The database's complaint quotes the row."""
    with behind_the_policies():
        Tenant.objects.create(company_name=SECRET, serial_number="12", subscription="module_based")
    return HttpResponse()


urlpatterns = [
    *ours,
    path("crash/<slug:key>/", crash),
    path("impossible/", ask_the_impossible),
    path("rule/", break_a_rule),
]
