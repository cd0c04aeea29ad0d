"""What tests ask of the page *Remove superfluous licences*, and do there."""

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from licences.models import Licence, LicenceSet, Seat, User
from tests.factories import (
    scope_of,
)
from tests.licences.waiting import receive
from tests.pages import element, named, text

ACTIVATION = reverse("licences:activation")
NAMES = ("Astrid Bjerkli", "Birk Eikemo", "Dagny Solvoll", "Eira Haugnes")
"""Those who hold Service."""


def wait(service: Licence, sales: Licence, total: int, *, sales_total: int = 6) -> LicenceSet:
    return receive(service.tenant, {service.type: total, sales.type: sales_total})


def address(licence: Licence, **query: str) -> str:
    return reverse("licences:superfluous", args=["superoffice", licence.type.code], query=query)


def do(
    client: Client, licence: Licence, what: str, users: list[User], waiting: LicenceSet, **more: str
) -> HttpResponse:
    posted = {"do": what, "user": [str(user.pk) for user in users], "set": str(waiting.pk), **more}
    return client.post(address(licence), posted, follow=True)


def said(response: HttpResponse, identity: str = "messages") -> str:
    return text(element(response, identity))


def holders(licence: Licence) -> set[str]:
    with scope_of(licence):
        seats = Seat.objects.active().filter(licence=licence).select_related("user")
        return {seat.user.full_name for seat in seats}


def ticked(response: HttpResponse) -> list[str]:
    boxes = [dict(box.attributes) for box in named(element(response, "seats"), "input")]
    return [box["value"] for box in boxes if "checked" in box]


def targets(response: HttpResponse) -> list[str]:
    return [text(option) for option in named(element(response, "main"), "option")]


def count_queries(client: Client, place: str) -> int:
    client.get(place)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(place).status_code == 200
    return len([each for each in queries if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))])
