"""Who logs in is told what the dates of the licences say: administrators early, everybody once it concerns them."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client
from pytest_django import Settings

from licences.models import LicenceSet, User
from tests.factories import PASSWORD, LicenceOwnerFactory, LicenceSetFactory, scope_of
from tests.pages import element, text

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
WARN_FROM, EXPIRES, GRACE_UNTIL = date(2027, 2, 27), date(2027, 3, 27), date(2027, 4, 8)

SOON = "Your licence from SuperOffice expires on {}, in {}. Fetch the new one, or ask your contact there for it."
TODAY = "Your licence from SuperOffice expires today. Fetch the new one, or ask your contact there for it."
OVER = "Your licence from SuperOffice expired {} ago, on 27 Mar 2027. "
WORKS = "It works until 8 Apr 2027: fetch the new one, or ask your contact there for it."
STOPPED = "What it licenses has stopped. Fetch the new one, or ask your contact there for it."
TO_MEMBERS = (
    "The licence of your organisation from SuperOffice expired on 27 Mar 2027. "
    "You can work on until 8 Apr 2027. A system administrator can renew it."
)


def date_sets(user: User) -> None:
    with scope_of(user):
        LicenceSet.objects.filter(tenant=user.tenant, owner__is_vendor=True).update(
            warn_from_on=WARN_FROM, expires_on=EXPIRES, grace_until_on=GRACE_UNTIL
        )


def told(client: Client, user: User, day: date) -> list[tuple[str, str]]:
    """The messages of the page that follows the login, at noon of the day, with their level."""
    with time_machine.travel(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), tick=False):
        response = client.post("/login/", {"login": user.login_id, "password": PASSWORD}, follow=True)
        again = client.get("/licences/status/")
    assert response.redirect_chain[-1][0] == "/licences/superoffice/"
    assert list(get_messages(again.wsgi_request)) == []
    return [(message.level_tag, str(message)) for message in response.context["messages"]]


@pytest.mark.parametrize(
    ("day", "message"),
    [
        (WARN_FROM - DAY, None),
        (WARN_FROM, ("warning", SOON.format("27 Mar 2027", "28 days"))),
        (EXPIRES - DAY, ("warning", SOON.format("27 Mar 2027", "1 day"))),
        (EXPIRES, ("warning", TODAY)),
        (EXPIRES + DAY, ("warning", OVER.format("1 day") + WORKS)),
        (GRACE_UNTIL, ("warning", OVER.format("12 days") + WORKS)),
        (GRACE_UNTIL + DAY, ("error", OVER.format("13 days") + STOPPED)),
    ],
)
def test_administrators_are_told_from_the_warning_date_on(
    day: date, message: tuple[str, str] | None, client: Client, administrator: User
) -> None:
    date_sets(administrator)

    assert told(client, administrator, day) == ([message] if message else [])


@pytest.mark.parametrize(
    ("day", "message"),
    [
        (WARN_FROM, None),
        (EXPIRES, None),
        (EXPIRES + DAY, ("warning", TO_MEMBERS)),
        (GRACE_UNTIL, ("warning", TO_MEMBERS)),
    ],
)
def test_everybody_else_is_told_once_it_has_expired_and_nothing_of_what_is_coming(
    day: date, message: tuple[str, str] | None, client: Client, member: User
) -> None:
    date_sets(member)

    assert told(client, member, day) == ([message] if message else [])


def test_a_third_partys_licence_that_has_stopped_is_told_of_too(client: Client, member: User) -> None:
    LicenceSetFactory(
        tenant=member.tenant,
        owner=LicenceOwnerFactory(name="Tindekart"),
        warn_from_on=WARN_FROM,
        expires_on=EXPIRES,
        grace_until_on=GRACE_UNTIL,
    )

    said = (
        "The licence of your organisation from Tindekart expired on 27 Mar 2027. "
        "What it licenses has stopped. A system administrator can renew it."
    )
    assert told(client, member, GRACE_UNTIL + DAY) == [("error", said)]


def test_what_is_told_stands_on_the_page(client: Client, administrator: User) -> None:
    date_sets(administrator)

    with time_machine.travel(datetime(2027, 3, 27, 12, tzinfo=UTC), tick=False):
        address = {"login": administrator.login_id, "password": PASSWORD}
        response = client.post("/login/", address, follow=True)

    assert TODAY in text(element(response, "messages"))


def test_support_is_told_nothing(client: Client, support: User, settings: Settings) -> None:
    settings.SUPPORT_MFA_OPTIONAL = True

    response = client.post("/login/", {"login": support.login_id, "password": PASSWORD})

    assert response["Location"] == "/admin/"
    assert list(get_messages(response.wsgi_request)) == []
