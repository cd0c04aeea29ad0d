"""The upgrade form: filled in as the address says, with the evidence that it carries; what cannot be asked is told."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.tenancy.scopes import support_scope
from licences.models import CustomerRequest, Licence, RequestEvent, Restriction, SuitePlan, User
from licences.services.customer_requests import withdraw
from tests.conftest import ClientOf
from tests.factories import (
    AddOnFactory,
    CustomerRequestFactory,
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceTypeFactory,
    RestrictionFactory,
    SeatFactory,
    SuitePlanFactory,
    UserFactory,
    as_owner,
    scope_of,
)
from tests.factories.service_level import desk_policy
from tests.licences.requesting import near_limit
from tests.pages import element, facts, links, named, text
from tests.threads import at_once

pytestmark = pytest.mark.django_db

FORM = reverse("licences:upgrade")
OSLO = ZoneInfo("Europe/Oslo")
THURSDAY_NOON = datetime(2026, 5, 7, 12, tzinfo=OSLO)
SATURDAY = datetime(2026, 5, 9, 12, tzinfo=OSLO)


@pytest.fixture
def limit() -> Restriction:
    """97 of 100 active projects of a CRM Suite tenant."""
    desk_policy()
    return near_limit()


@pytest.fixture
def seats(limit: Restriction) -> Licence:
    return LicenceFactory(tenant=limit.tenant, type=limit.tenant.suite_plan.seat_licence, total=20)


@pytest.fixture
def asker(seats: Licence) -> User:
    return SeatFactory(licence=seats, user__administrator=True, user__full_name="Oda Berg").user


@pytest.fixture
def client(asker: User, client_of: ClientOf) -> Client:
    return client_of(asker)


@pytest.fixture
def bigger(limit: Restriction) -> SuitePlan:
    return SuitePlanFactory(code="growth", name="Growth", rank=limit.tenant.suite_plan.rank + 1_000)


def fields(response: HttpResponse) -> dict[str, str]:
    """The form as a browser would send it back untouched."""
    sent: dict[str, str] = {}
    for field in named(element(response, "main"), "input", "select", "textarea"):
        given = dict(field.attributes)
        if given.get("type") == "radio" and "checked" not in given:
            continue
        options = [dict(option.attributes) for option in named(field, "option")]
        chosen = [option["value"] for option in options if "selected" in option]
        first = [option["value"] for option in options][:1]
        sent[given["name"]] = (chosen or first or [given.get("value", "")])[0]
    return sent


def filled(client: Client, asked: str = "", **more: Any) -> dict[str, Any]:
    return fields(client.get(FORM + asked)) | {"description": "We grow."} | more


def kept() -> CustomerRequest:
    return CustomerRequest.objects.select_related("restriction", "suite_plan", "licence", "add_on").get()


def test_more_of_a_limit_is_sent_with_how_it_stands(client: Client, asker: User, limit: Restriction) -> None:
    asked = f"?limit={limit.type.code}"

    response = client.post(FORM, filled(client, asked, new_limit="150"))

    with scope_of(asker):
        made = kept()
        evidence = made.evidence
    assert (response.status_code, response["Location"]) == (302, reverse("licences:request", args=[made.pk]))
    assert (made.kind, made.wants, made.restriction, made.quantity) == ("upgrade", "limit", limit, 150)
    assert (made.title, made.description) == (f"{limit.type.name}: 150 instead of 100", "We grow.")
    assert (made.contact_name, made.contact_email) == ("Oda Berg", asker.email)
    assert (made.affected_users, made.all_users, made.submitted_by_id) == (1, 1, asker.pk)
    (stood,) = evidence["limits"]
    assert (stood["code"], stood["used"], stood["limit"], stood["percent"], stood["state"]) == (
        limit.type.code,
        97,
        100,
        97,
        "yellow",
    )
    assert (evidence["plan"], evidence["seats"]) == (
        asker.tenant.suite_plan.name,
        [{"name": limit.tenant.suite_plan.seat_licence.name, "in_use": 1, "total": 20}],
    )


def test_the_form_shows_what_goes_with_it(client: Client, limit: Restriction, asker: User) -> None:
    said = facts(client.get(f"{FORM}?limit={limit.type.code}"), "main")

    assert said[limit.type.name].startswith("97 of 100 (97 %)")
    assert said["Plan"] == limit.tenant.suite_plan.name
    assert said["Users"] == "1"


def test_since_when_a_limit_is_near_or_reached_goes_with_it(asker: User, client: Client) -> None:
    near, reached = datetime(2026, 5, 1, 9, tzinfo=OSLO), datetime(2026, 5, 4, 9, tzinfo=OSLO)
    RestrictionFactory(tenant=asker.tenant, used=90, limit=100, type__name="Dashboards", near_since=near)
    RestrictionFactory(
        tenant=asker.tenant, used=10, limit=10, type__name="Objects", near_since=near, reached_since=reached
    )

    said = facts(client.get(FORM), "main")

    assert said["Dashboards"] == "90 of 100 (90 %) near the limit since 1 May 2026"
    assert said["Objects"] == "10 of 10 (100 %) at the limit since 4 May 2026"


def test_a_bigger_plan_is_sent(client: Client, asker: User, bigger: SuitePlan) -> None:
    sent = client.post(FORM, filled(client, "?plan=growth"))

    with scope_of(asker):
        made = kept()
    assert sent.status_code == 302
    assert (made.wants, made.suite_plan, made.title) == ("plan", bigger, "A bigger plan: Growth")


def test_more_seats_of_the_plan_are_sent(client: Client, asker: User, seats: Licence) -> None:
    sent = client.post(FORM, filled(client, what="seats", seats="12"))

    with scope_of(asker):
        made = kept()
    assert sent.status_code == 302
    assert (made.wants, made.licence, made.quantity) == ("seats", seats, 12)
    assert made.title == f"12 more seats of {seats.name}"


def test_on_modules_seats_of_the_vendors_licences_and_add_ons_can_be_asked_for(
    administrator: User, client_of: ClientOf
) -> None:
    desk_policy()
    client, tenant = client_of(administrator), administrator.tenant
    LicenceFactory(tenant=tenant, type__name="Route planner", type__owner=LicenceOwnerFactory())
    owned = LicenceFactory(tenant=tenant, type=LicenceTypeFactory(system=True))
    missing, there = AddOnFactory(name="Chat"), AddOnFactory(name="Portal")
    with as_owner():
        missing.brings.set([owned.type, LicenceTypeFactory(system=True)])
        there.brings.set([owned.type])

    page = client.get(f"{FORM}?add_on={missing.code}")
    sent = client.post(FORM, fields(page) | {"description": "We chat."})

    offered = text(element(page, "main"))
    assert "Chat" in offered
    assert "Portal" not in offered
    assert "Route planner" not in offered
    assert "A bigger plan" not in offered
    with scope_of(administrator):
        made = kept()
        plan = administrator.seats.select_related("licence").get().licence
    assert sent.status_code == 302
    assert (made.wants, made.add_on, made.title) == ("add_on", missing, "Add-on: Chat")
    assert made.evidence["seats"] == [{"name": plan.name, "in_use": 1, "total": 10}]
    assert made.evidence["plan"] == ""


NOT_LIKE_THIS: dict[str, tuple[dict[str, str], str]] = {
    "nothing": ({"what": ""}, "Choose what you need."),
    "what there is not": ({"what": "add_on"}, "Choose what you need."),
    "no limit": ({"what": "limit", "limit": ""}, "Choose the limit."),
    "a limit that never was": ({"what": "limit", "limit": "never-was"}, "Choose the limit."),
    "no number": ({"what": "limit", "new_limit": ""}, "You have 100 now. Ask for more."),
    "as many as there are": ({"what": "limit", "new_limit": "100"}, "You have 100 now. Ask for more."),
    "a word": ({"what": "limit", "new_limit": "many"}, "Type a whole number."),
    "too many": ({"what": "limit", "new_limit": "1000001"}, "less than or equal to 1000000"),
    "no plan": ({"what": "plan", "plan": ""}, "Choose the plan."),
    "no licence": ({"what": "seats", "licence": "", "seats": "1"}, "Choose the licence."),
    "no seats": ({"what": "seats", "seats": ""}, "Say how many more you need."),
    "zero seats": ({"what": "seats", "seats": "0"}, "greater than or equal to 1"),
    "no reason": ({"description": " "}, "Say what you need it for."),
    "a long reason": ({"description": "x" * 4001}, "at most 4000 characters"),
    "nobody": ({"contact_name": " "}, "Say whom to ask for."),
    "no address": ({"contact_email": "oda"}, "valid email"),
    "two addresses": ({"contact_email": "oda@a.example\nBcc: all@a.example"}, "valid email"),
    "more than all": ({"affected_users": "3", "all_users": "2"}, "No more than all of them can be affected."),
    "of nobody": ({"all_users": "0"}, "greater than or equal to 1"),
    "fewer than nobody": ({"affected_users": "-1"}, "greater than or equal to 0"),
}


@pytest.mark.parametrize(("change", "says"), NOT_LIKE_THIS.values(), ids=NOT_LIKE_THIS)
def test_what_is_wrong_is_told_and_nothing_is_sent(
    change: dict[str, str], says: str, client: Client, asker: User, bigger: SuitePlan
) -> None:
    response = client.post(FORM, filled(client, new_limit="150") | change)

    assert response.status_code == 422
    assert says in text(element(response, "main"))
    with scope_of(asker):
        assert not CustomerRequest.objects.exists()


def test_a_plan_that_is_not_bigger_is_refused(client: Client, asker: User, bigger: SuitePlan) -> None:
    own = asker.tenant.suite_plan

    response = client.post(FORM, filled(client, what="plan", plan=own.code))

    assert response.status_code == 422
    assert f"{own.name} is not bigger than the plan that you have." in text(element(response, "main"))


@pytest.mark.parametrize(
    ("used", "most", "says"),
    [
        (84, 100, "stands at 84 of 100. You can ask for more from 85 % on."),
        (5, None, "has no limit in your plan."),
        (0, 0, "is not in your plan. Ask for a bigger plan."),
    ],
)
def test_a_limit_that_is_not_near_cannot_be_asked_for(
    used: int, most: int | None, says: str, client: Client, asker: User
) -> None:
    other = RestrictionFactory(tenant=asker.tenant, used=used, limit=most)

    page = client.get(f"{FORM}?limit={other.type.code}")
    response = client.post(FORM, filled(client, what="limit", limit=other.type.code, new_limit="500"))

    assert says in text(element(page, "main"))
    assert response.status_code == 422
    assert f"{other.type.name} {says}" in text(element(response, "main"))


def test_what_was_not_chosen_does_not_count(client: Client, asker: User, bigger: SuitePlan) -> None:
    response = client.post(FORM, filled(client, what="plan", seats="0", new_limit="many", limit="never-was"))

    assert response.status_code == 302
    with scope_of(asker):
        assert (kept().wants, kept().quantity) == ("plan", None)


def test_whoever_has_asked_for_a_limit_comes_to_that_request(client: Client, asker: User, limit: Restriction) -> None:
    there = CustomerRequestFactory(limit=True, tenant=asker.tenant, restriction=limit)
    where = reverse("licences:request", args=[there.pk])

    page = client.get(f"{FORM}?limit={limit.type.code}")
    again = client.post(FORM, filled(client, what="limit", limit=limit.type.code, new_limit="150"), follow=True)

    assert (page.status_code, page["Location"]) == (302, where)
    assert again.redirect_chain == [(where, 302)]
    assert "There is a request for this limit already." in text(element(again, "messages"))
    assert links(client.get(FORM))[there.number] == where


def test_names_that_would_write_into_the_head_of_a_mail_are_one_line(client: Client, asker: User) -> None:
    sent = filled(client, what="seats", seats="1", contact_name="Oda\r\nBcc: all@a.example", contact_phone="1\n2")

    client.post(FORM, sent)

    with scope_of(asker):
        made = kept()
    assert (made.contact_name, made.contact_phone) == ("Oda Bcc: all@a.example", "1 2")


def test_the_form_sent_again_leads_to_the_request_that_it_made(client: Client, asker: User) -> None:
    sent = filled(client, what="seats", seats="1")

    first, second = client.post(FORM, sent), client.post(FORM, sent)

    assert first["Location"] == second["Location"]
    with scope_of(asker):
        assert RequestEvent.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x", "\x00"])
def test_a_key_that_is_none_protects_from_nothing(key: str, client: Client, asker: User) -> None:
    sent = filled(client, what="seats", seats="1", form_key=key)

    client.post(FORM, sent)
    client.post(FORM, sent)

    with scope_of(asker):
        assert CustomerRequest.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_twenty_clicks_send_one_request(limit: Restriction, asker: User, client_of: ClientOf) -> None:
    clients = [client_of(asker) for _ in range(20)]
    sent = filled(clients[0], f"?limit={limit.type.code}", new_limit="150")

    answers = at_once([partial(each.post, FORM, sent) for each in clients])

    assert {answer.status_code for answer in answers} == {302}
    assert len({answer["Location"] for answer in answers}) == 1
    with scope_of(asker):
        assert CustomerRequest.objects.count() == RequestEvent.objects.count() == 1


def test_when_ten_are_open_the_eleventh_is_told(client: Client, asker: User) -> None:
    CustomerRequestFactory.create_batch(10, tenant=asker.tenant)

    response = client.post(FORM, filled(client, what="seats", seats="1"))

    assert response.status_code == 422
    assert "10 requests are open at most." in text(element(response, "main"))


def test_without_a_desk_nothing_is_promised_and_nothing_sent(administrator: User, client_of: ClientOf) -> None:
    client = client_of(administrator)

    response = client.post(FORM, filled(client, what="seats", seats="1"))

    assert response.status_code == 422
    assert "Requests cannot be sent yet" in text(element(response, "main"))
    assert "Support desk" not in text(element(client.get(FORM), "main"))


def test_outside_its_hours_the_form_says_when_the_desk_opens_and_until_when_it_answers(
    asker: User, client_of: ClientOf
) -> None:
    with time_machine.travel(SATURDAY, tick=False):
        response = client_of(asker).get(FORM)
    with time_machine.travel(THURSDAY_NOON, tick=False):
        open_now = text(element(client_of(asker).get(FORM), "main"))

    said = facts(response, "main")
    assert "Closed now. It opens Mon 11 May 2026, 09:00" in text(element(response, "main"))
    assert said["High more than 80 % of users affected"] == "Mon 11 May 2026, 09:05"
    assert "Open now, until Thu 7 May 2026, 17:00" in open_now


def test_a_reader_in_another_zone_is_told_both_clocks(asker: User, client_of: ClientOf) -> None:
    asker.tenant.time_zone = "Asia/Tokyo"
    with support_scope("a test moves a tenant"):
        asker.tenant.save(update_fields=["time_zone"])

    with time_machine.travel(SATURDAY, tick=False):
        response = client_of(asker).get(FORM)

    assert "It opens Mon 11 May 2026, 16:00 Mon 09:00 at the desk, Europe/Oslo" in text(element(response, "main"))


def test_members_are_refused_the_form_and_what_it_sends(asker: User, seats: Licence, client_of: ClientOf) -> None:
    member = SeatFactory(licence=seats, user=UserFactory(tenant=asker.tenant)).user
    client = client_of(member)

    answers = [client.get(FORM).status_code, client.post(FORM, {"form_key": uuid4()}).status_code]

    assert answers == [403, 403]
    assert reverse("licences:requests") not in links(client.get(reverse("licences:status")), "main").values()


def test_a_request_that_was_withdrawn_leaves_room_for_another(client: Client, asker: User, limit: Restriction) -> None:
    asked = f"?limit={limit.type.code}"
    client.post(FORM, filled(client, asked, new_limit="150"))
    with scope_of(asker):
        withdraw(kept(), by=asker)

    assert client.get(FORM + asked).status_code == 200


def test_the_tab_of_the_vendor_leads_administrators_to_the_form(asker: User, client: Client) -> None:
    assert FORM in links(client.get(reverse("licences:superoffice"))).values()


def test_the_form_asks_at_most_12_times(client: Client, asker: User, bigger: SuitePlan) -> None:
    near_limit(asker.tenant)
    client.get(FORM)  # the first request of a session writes when it began

    with CaptureQueriesContext(connection) as queries:
        client.get(FORM)

    asked = [one["sql"] for one in queries if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(asked) - 1 <= 12, "beside the way back to the scope of the test"
