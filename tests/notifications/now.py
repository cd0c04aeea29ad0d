"""What tests ask of the news on a page."""

from datetime import UTC, datetime

from django.http import HttpResponse
from django.test import Client

from tests.pages import element, fetch_part, text, tree, walk

NOW = "/notifications/now/"
STATUS = "/licences/status/"
NOON = datetime(2026, 11, 26, 11, tzinfo=UTC)


def said(response: HttpResponse) -> str:
    """The banners."""
    return text(element(response, "now"))


def poll_of(response: HttpResponse) -> dict[str, str]:
    """What asks again, by its attributes."""
    return dict(element(response, "now-poll").attributes)


def asked(client: Client, address: str = NOW, **more: str) -> HttpResponse:
    """The answer to what asks."""
    return fetch_part(client, address, "now", **{"HX-Trigger": "now-poll"} | more)


def toasts(response: HttpResponse) -> list[str]:
    """What pops up."""
    start = response.content.find(b"<div hx-swap-oob")
    part = HttpResponse(b"<div>" + response.content[start:] + b"</div>" if start >= 0 else b"<div></div>")
    return [text(thing) for thing in walk(tree(part)) if dict(thing.attributes).get("id", "").startswith("toast-")]


def poll_of_part(response: HttpResponse) -> dict[str, str]:
    """The same of an answer that may bring toasts."""
    start = response.content.find(b"<div hx-swap-oob")
    return poll_of(HttpResponse(response.content[:start]))
