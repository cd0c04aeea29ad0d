import pytest
from django.test import Client

from licences.models import User
from tests.conftest import ClientOf
from tests.factories import PASSWORD

HOME = "/licences/superoffice/"

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "//evil.example/licences/status/",
    "/\\evil.example",
    "/\\/evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "\x1f//evil.example",
    "\u2028//evil.example",
    "//evil.example\\@testserver/",
    "//testserver@evil.example/",
    "//testserver.evil.example/",
    "//testserver:80@evil.example/",
    "//[::ffff:192.0.2.1]/",
    "//[evil.example",
    "//192.0.2.1",
    "//%65vil.example",
    "//evil%2eexample",
    "//evil。example",
    "//EVIL.example",
    "https:evil.example",
    "https:/evil.example",
    "https://evil.example",
    "https:///evil.example",
    "http://evil.example",
    "http:\\\\evil.example",
    "HTTP://evil.example",
    "ftp://evil.example",
    "evil.example",
    "@evil.example",
    "%2f%2fevil.example",
    "%5cevil.example",
    ".evil.example",
    "?next=//evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,evil",
    "vbscript:evil",
    "mailto:a@evil.example",
    "http://testserver/licences/status/",
    "//testserver/licences/status/",
]

HERE = [
    "/licences/status/",
    "/licences/superoffice/?show=mine&page=2",
    "/licences/superoffice/?q=https://evil.example",
    "/%2f%2fevil.example",
]


@pytest.mark.parametrize("where", ELSEWHERE)
def test_logging_in_leads_nowhere_else(client: Client, member: User, where: str) -> None:
    response = client.post("/login/", {"login": member.login_id, "password": PASSWORD, "next": where})

    assert response["Location"] == HOME


@pytest.mark.parametrize("where", HERE)
def test_logging_in_leads_back_to_where_one_was_going(client: Client, member: User, where: str) -> None:
    response = client.post("/login/", {"login": member.login_id, "password": PASSWORD, "next": where})

    assert response["Location"] == where


@pytest.mark.parametrize("where", ["//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)"])
def test_no_other_page_of_ours_leads_elsewhere_either(client_of: ClientOf, member: User, where: str) -> None:
    client = client_of(member)

    arrived = client.get("/login/", {"next": where})
    left = client.post("/logout/", {"next": where})

    assert arrived["Location"] == HOME
    assert left["Location"] == "/login/"


def test_a_page_behind_the_login_is_shown_after_it(client: Client, member: User) -> None:
    asked = client.get("/licences/status/?x=1")

    page = client.get(asked["Location"]).content.decode()

    assert asked["Location"] == "/login/?next=/licences/status/%3Fx%3D1"
    assert '<input type="hidden" name="next" value="/licences/status/?x=1">' in page
