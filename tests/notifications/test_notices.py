"""Notices by hand: one of a kind for the same people, until somebody ends it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import LoginHold, Tenant, User
from notifications.event_kinds import Notice
from notifications.jobs import KINDS
from notifications.models import EventChange, SystemEvent
from notifications.services.cancelling import NotCancelled, cancel_event
from notifications.services.notices import HasEnded, NobodyThere, NoText, change_notice, end_notice, set_notice
from notifications.services.tracker import AlreadyActive
from tests.factories import NoticeFactory, SystemEventFactory, TenantFactory, UserFactory, UserGroupFactory, scope_of
from tests.threads import at_once

Scope = SystemEvent.Scope

SOON = datetime(2026, 11, 26, 13, 30, tzinfo=UTC)


def put(by: User, notice: Notice = Notice.MESSAGE_OF_THE_DAY, **more: object) -> SystemEvent:
    more.setdefault("text", "The canteen is closed.")
    with scope_of(by):
        return set_notice(by.tenant, notice=notice, by=by, **more)


def log_of(event: SystemEvent) -> list[tuple[str, str, str]]:
    with scope_of(event):
        return [(step.by_name, step.status, step.note) for step in EventChange.objects.filter(event=event)]


def holds_of(tenant: Tenant) -> list[LoginHold]:
    with scope_of(tenant):
        return list(LoginHold.objects.all())


@pytest.mark.django_db
def test_a_notice_is_an_event_that_is_active_until_it_is_ended(administrator: User) -> None:
    event = put(administrator, expected_at=SOON)

    assert (event.source, event.key, event.name) == ("console", "MessageOfTheDay", "Message of the day")
    assert (event.scope, event.owner, event.description) == ("system", "", "The canteen is closed.")
    assert (event.activated_by, event.expected_at, event.finished_at) == (administrator, SOON, None)
    assert (event.is_notice, event.is_under_way, event.is_stalled, event.status_label) == (True, False, False, "Active")
    with scope_of(event):
        ended = end_notice(event, by=administrator)
    assert (ended.status, ended.status_label, ended.finished_at is not None) == ("succeeded", "Ended", True)
    assert log_of(event) == [
        (administrator.login_id, "running", "Set."),
        (administrator.login_id, "succeeded", "Ended."),
    ]


@pytest.mark.django_db
def test_it_is_past_its_expected_end_but_never_ends_by_itself(administrator: User) -> None:
    with time_machine.travel(SOON - timedelta(hours=1), tick=False):
        event = put(administrator, expected_at=SOON)
        before = event.is_past_expected_end

    with time_machine.travel(SOON + timedelta(days=9), tick=False):
        assert (before, event.is_past_expected_end, event.is_active, event.is_stalled) == (False, True, True, False)


@pytest.mark.django_db
def test_a_long_text_is_kept_whole_and_listed_in_short(administrator: User) -> None:
    event = put(administrator, text="  Read me. \n\n" + "word " * 150)

    assert event.description.startswith("Read me. \n\nword")
    assert len(event.description) == 760
    assert len(event.message) == 254
    assert event.message.startswith("Read me. word word")


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", " \n\t "])
def test_a_message_of_the_day_is_what_it_says(text: str, administrator: User) -> None:
    with pytest.raises(NoText):
        put(administrator, text=text)

    assert put(administrator, Notice.NO_TRAVEL, text=text).description == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("scope", "owner"), [(Scope.GROUP, "Sales"), (Scope.USER, "nobody"), (Scope.USER, ""), (Scope.DATABASE, "main")]
)
def test_it_is_for_somebody_who_is_there(scope: SystemEvent.Scope, owner: str, administrator: User) -> None:
    UserGroupFactory(name="Sales")

    with pytest.raises(NobodyThere):
        put(administrator, scope=scope, owner=owner)

    with scope_of(administrator):
        assert not SystemEvent.objects.exists()


@pytest.mark.django_db
def test_a_group_is_named_and_a_user_found_however_typed(administrator: User) -> None:
    UserGroupFactory(tenant=administrator.tenant, name="Sales")
    UserFactory(tenant=administrator.tenant, login_id="ask.berg")

    events = [
        put(administrator, scope=Scope.GROUP, owner="Sales"),
        put(administrator, scope=Scope.USER, owner=" Ask.Berg "),
    ]

    assert [(event.scope, event.owner) for event in events] == [("group", "Sales"), ("user", "ask.berg")]


@pytest.mark.django_db
def test_one_of_a_kind_is_active_for_the_same_people(administrator: User) -> None:
    UserGroupFactory(tenant=administrator.tenant, name="Sales")
    first = put(administrator)

    with pytest.raises(AlreadyActive):
        put(administrator, text="Another one.")

    put(administrator, scope=Scope.GROUP, owner="Sales")
    put(administrator, Notice.NO_TRAVEL)
    with scope_of(first):
        end_notice(first, by=administrator)
    put(administrator, text="Another one.")


@pytest.mark.django_db
def test_a_change_says_what_it_changed_and_when_by_the_tenants_clock(administrator: User) -> None:
    event = put(administrator)

    with scope_of(event):
        changed = change_notice(event, text="It is open.", expected_at=SOON, by=administrator)
        change_notice(event, text="It is open. ", expected_at=SOON, by=administrator)
        change_notice(event, text="It is open.", expected_at=None, by=administrator)

    assert (changed.description, changed.message, changed.expected_at) == ("It is open.", "It is open.", SOON)
    assert [note for _who, _status, note in log_of(event)] == [
        "Set.",
        "Text changed. Expected end is now 26 Nov 2026 14:30.",
        "No expected end any more.",
    ]


@pytest.mark.django_db
def test_a_message_of_the_day_cannot_be_emptied(administrator: User) -> None:
    event = put(administrator)

    with pytest.raises(NoText), scope_of(event):
        change_notice(event, text=" ", expected_at=None, by=administrator)


@pytest.mark.django_db
def test_what_has_ended_or_is_no_notice_is_neither_changed_nor_ended(administrator: User) -> None:
    tenant = administrator.tenant
    ended = NoticeFactory(tenant=tenant, ended=True)
    job = SystemEventFactory(tenant=tenant)
    products = SystemEventFactory(tenant=tenant, key=Notice.NO_TRAVEL, source="https://crm.example")

    for event in (ended, job, products):
        with pytest.raises(HasEnded), scope_of(event):
            end_notice(event, by=administrator)
        with pytest.raises(HasEnded), scope_of(event):
            change_notice(event, text="x", expected_at=None, by=administrator)


@pytest.mark.django_db
def test_a_notice_is_ended_and_not_cancelled(administrator: User) -> None:
    event = put(administrator)

    with pytest.raises(NotCancelled), scope_of(event):
        cancel_event(event, KINDS, by=administrator)


@pytest.mark.django_db
def test_no_login_closes_the_door_says_why_and_opens_it_again(administrator: User) -> None:
    tenant = administrator.tenant
    UserGroupFactory(tenant=tenant, name="Sales")

    event = put(administrator, Notice.NO_LOGIN, scope=Scope.GROUP, owner="Sales", text="Servers.", expected_at=SOON)
    (hold,) = holds_of(tenant)
    with scope_of(event):
        change_notice(event, text="New servers.", expected_at=None, by=administrator)
    (changed,) = holds_of(tenant)
    with scope_of(event):
        end_notice(event, by=administrator)

    assert (hold.key, hold.scope, hold.owner) == (f"notice:{event.pk}", "group", "Sales")
    assert (hold.reason, hold.expected_at) == ("Servers.", SOON)
    assert (changed.reason, changed.expected_at, changed.set_at) == ("New servers.", None, hold.set_at)
    assert holds_of(tenant) == []


@pytest.mark.django_db
def test_no_other_notice_closes_the_door(administrator: User) -> None:
    for notice in set(Notice) - {Notice.NO_LOGIN}:
        put(administrator, notice)

    assert holds_of(administrator.tenant) == []


@pytest.mark.django_db
def test_support_sets_it_too_under_its_own_name(support: User) -> None:
    tenant = TenantFactory()

    with support_scope("a test"):
        event = set_notice(tenant, notice=Notice.NO_LOGIN, by=support)

    assert event.activated_by is None
    assert log_of(event) == [(support.login_id, "running", "Set.")]
    assert len(holds_of(tenant)) == 1


@pytest.mark.django_db(transaction=True)
def test_of_8_who_set_it_at_once_one_does() -> None:
    by = UserFactory(administrator=True)

    def setting() -> SystemEvent:
        with tenant_scope(by.tenant_id):
            return set_notice(by.tenant, notice=Notice.NO_LOGIN, by=by)

    outcomes = at_once([setting] * 8)

    assert [type(outcome) for outcome in outcomes].count(AlreadyActive) == 7
    assert len(holds_of(by.tenant)) == 1


@pytest.mark.django_db(transaction=True)
def test_of_those_who_end_it_at_once_one_does() -> None:
    by = UserFactory(administrator=True)
    event = put(by, Notice.NO_LOGIN)

    def ending() -> SystemEvent:
        with tenant_scope(by.tenant_id):
            return end_notice(event, by=by)

    outcomes = at_once([ending] * 4)

    assert [type(outcome) for outcome in outcomes].count(HasEnded) == 3
    assert holds_of(by.tenant) == []
    assert [note for _who, _status, note in log_of(event)] == ["Set.", "Ended."]
