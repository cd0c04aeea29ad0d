"""What is meant for a user or a group is read by them, by whoever started it, and by administrators."""

import pytest
from django.urls import reverse

from licences.models import User
from notifications.event_kinds import Notice
from notifications.models import SystemEvent
from notifications.reports.event_list import EventQuery
from tests.conftest import ClientOf
from tests.factories import NoticeFactory, SeatFactory, SystemEventFactory, UserFactory, UserGroupFactory, scope_of
from tests.pages import fetch_part, names

pytestmark = pytest.mark.django_db

TAB = reverse("notifications:events")
POLL = {"HX-Trigger": "events-poll"}


@pytest.fixture
def ida(member: User) -> User:
    """A member with a primary group."""
    member.login_id, member.primary_group = "ida", UserGroupFactory(tenant=member.tenant, name="Sales")
    with scope_of(member):
        member.save(update_fields=["login_id", "primary_group"])
    return member


@pytest.fixture
def colleague(ida: User) -> User:
    """Another member of the same group, who may log in too."""
    with scope_of(ida):
        licence = ida.seats.select_related("licence__tenant").get().licence
    return SeatFactory(licence=licence, user__primary_group=ida.primary_group).user


CASES = [
    ("system", "", True),
    ("database", "", True),
    ("group", "Sales", True),
    ("group", "Service", False),
    ("group", "ida", False),
    ("user", "ida", True),
    ("user", "Sales", False),
    ("user", "bo", False),
]


@pytest.mark.parametrize(("scope", "owner", "is_read"), CASES)
def test_members_read_what_is_meant_for_them(
    scope: str, owner: str, is_read: bool, ida: User, administrator: User, client_of: ClientOf
) -> None:
    event = SystemEventFactory(tenant=ida.tenant, name="Export", scope=scope, owner=owner)
    address = reverse("notifications:event", args=[event.pk])

    seen = {user: client_of(user).get(address).status_code for user in (ida, administrator)}

    assert seen == {ida: 200 if is_read else 404, administrator: 200}
    assert "Export" in client_of(administrator).get(TAB).content.decode()
    assert ("Export" in client_of(ida).get(TAB).content.decode()) == is_read


def test_whoever_started_it_reads_it(ida: User, client_of: ClientOf) -> None:
    SystemEventFactory(tenant=ida.tenant, name="Own", scope="group", owner="Service", activated_by=ida)
    SystemEventFactory(
        tenant=ida.tenant, name="Other", scope="user", owner="bo", activated_by=UserFactory(tenant=ida.tenant)
    )

    assert names(client_of(ida).get(TAB), "events") == ["Own"]


def test_without_a_group_nothing_of_a_group_is_read(member: User, client_of: ClientOf) -> None:
    SystemEventFactory(tenant=member.tenant, name="Export", scope="group", owner="Sales")

    assert "Export" not in client_of(member).get(TAB).content.decode()


def test_the_text_of_a_notice_for_somebody_else_is_found_nowhere_on_the_tab(ida: User, client_of: ClientOf) -> None:
    notice = NoticeFactory(
        tenant=ida.tenant, key=Notice.NO_LOGIN, scope="user", owner="bo", description="Your contract has ended."
    )
    client = client_of(ida)

    answers = [client.get(TAB, query_params=query) for query in ({}, {"q": "contract"}, {"kind": "notices"})]
    answers.append(client.get(reverse("notifications:event", args=[notice.pk]), follow=True))

    assert not any("contract has ended" in answer.content.decode() for answer in answers)


@pytest.mark.parametrize("ended", [False, True])
def test_those_who_share_a_poll_get_nothing_that_is_meant_for_one_of_them(
    ended: bool, ida: User, colleague: User, client_of: ClientOf
) -> None:
    SystemEventFactory(tenant=ida.tenant, name="Hers", scope="user", owner="ida", ended=ended)
    SystemEventFactory(tenant=ida.tenant, name="Both's", scope="group", owner="Sales", ended=ended)

    for order in ((ida, colleague), (colleague, ida)):
        seen = {user: set(names(fetch_part(client_of(user), TAB, "events", **POLL), "events")) for user in order}
        assert seen == {ida: {"Hers", "Both's"}, colleague: {"Both's"}}


def test_members_of_two_groups_share_no_poll(ida: User, member: User, colleague: User, client_of: ClientOf) -> None:
    colleague.primary_group = UserGroupFactory(tenant=ida.tenant, name="Service")
    with scope_of(ida):
        colleague.save(update_fields=["primary_group"])
    for owner in ("Sales", "Service"):
        SystemEventFactory(tenant=ida.tenant, name=f"For {owner}", scope="group", owner=owner)

    seen = [names(fetch_part(client_of(user), TAB, "events", **POLL), "events") for user in (ida, colleague)]

    assert seen == [["For Sales"], ["For Service"]]


def test_members_of_a_group_share_a_poll(ida: User, colleague: User, client_of: ClientOf) -> None:
    event = SystemEventFactory(tenant=ida.tenant, name="Export", scope="group", owner="Sales", percent=10)
    fetch_part(client_of(ida), TAB, "events", **POLL)
    with scope_of(event):
        SystemEvent.objects.filter(pk=event.pk).update(percent=20)

    shared = fetch_part(client_of(colleague), TAB, "events", **POLL)

    assert "10 %" in shared.content.decode()


def test_what_begins_while_a_shared_answer_is_made_is_in_nobodys(
    ida: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_query = EventQuery.from_address

    def read_query_meanwhile(params: dict[str, str]) -> EventQuery:
        SystemEventFactory(tenant=ida.tenant, name="Hers", scope="user", owner="ida")
        return read_query(params)

    monkeypatch.setattr(EventQuery, "from_address", read_query_meanwhile)

    answer = fetch_part(client_of(ida), TAB, "events", **POLL)

    assert "Hers" not in answer.content.decode()
