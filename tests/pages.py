"""What tests ask of a page: the whole of it or the part that HTMX fetches, and what stands where in it."""

import re
from collections.abc import Iterator

from django.http import HttpResponse
from django.test import Client
from django.test.html import Element, parse_html

FRESH = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")\w+|(?<= nonce=")[\w-]+')


def fetch_part(client: Client, address: str, target: str, **more: str) -> HttpResponse:
    """What HTMX asks when the element `target` is to be filled."""
    return client.get(address, headers={"HX-Request": "true", "HX-Target": target} | more)


def tree(response: HttpResponse) -> Element:
    """The parsed answer, without what is new in each answer. Fails for ill-formed HTML."""
    return parse_html(FRESH.sub("", response.content.decode()))


def element(response: HttpResponse, identity: str) -> Element:
    """The one element with this id."""
    (found,) = [thing for thing in walk(tree(response)) if dict(thing.attributes).get("id") == identity]
    return found


def walk(thing: Element) -> Iterator[Element]:
    yield thing
    for child in thing.children:
        if not isinstance(child, str):
            yield from walk(child)


def named(thing: Element, *names: str) -> list[Element]:
    """The elements inside with one of these tag names."""
    return [inner for inner in walk(thing) if inner.name in names]


def text(thing: Element) -> str:
    """What is written inside, with single spaces."""
    parts = [child if isinstance(child, str) else text(child) for child in thing.children]
    return " ".join(" ".join(parts).split())


def table(response: HttpResponse, identity: str) -> list[list[str]]:
    """The rows of the table in an element, cell by cell, without those that head it or a group."""
    rows = [named(row, "td", "th") for body in named(element(response, identity), "tbody") for row in named(body, "tr")]
    return [[text(cell) for cell in row] for row in rows if len(row) > 1]


def names(response: HttpResponse, identity: str = "list") -> list[str]:
    """The first column of the table in an element."""
    return [row[0] for row in table(response, identity)]


def facts(response: HttpResponse, identity: str = "panel") -> dict[str, str]:
    """The terms in an element with what is said of each."""
    found: dict[str, str] = {}
    term = ""
    for thing in walk(element(response, identity)):
        if thing.name == "dt":
            term = text(thing)
        elif thing.name == "dd":
            found[term] = f"{found.get(term, '')} {text(thing)}".strip()
    return found


def links(response: HttpResponse, identity: str = "main") -> dict[str, str]:
    """Where each link inside an element leads, by what is written on it."""
    return {text(link): dict(link.attributes)["href"] for link in named(element(response, identity), "a")}
