"""Whoever sends mail by Django's API writes to the outbox: in the transaction and scope that they are in."""

import json
from base64 import b64decode

import pytest
import redis
from django.conf import settings as django_settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, send_mail
from django.db import DatabaseError, transaction
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from config.mails import Mail
from config.tenancy.scopes import identity_scope, support_scope, tenant_scope
from licences.models import Tenant
from notifications.models import OutboxEntry
from tests.factories import OutboxEntryFactory, TenantFactory
from tests.notifications.mail.entries import entries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("to_outbox")]


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory()


def letter(about: str = "", to: str = "ask@nordlys.example") -> Mail:
    mail = Mail("Hello", "Hello Ask", to=[to])
    mail.attach_alternative("<p>Hello Ask</p>", "text/html")
    mail.about = about
    return mail


def test_a_mail_is_written_with_all_that_it_takes(tenant: Tenant) -> None:
    mail = EmailMultiAlternatives(
        "Hello", "Hello Ask", "us@x.example", ["ask@x.example"], reply_to=["r@x.example"], headers={"X-One": "1"}
    )
    mail.attach_alternative("<p>Hello Ask</p>", "text/html")

    with tenant_scope(tenant.pk):
        sent = mail.send()

    [entry] = entries()
    assert sent == 1
    assert (entry.tenant_id, entry.kind, entry.recipient, entry.subject) == (
        tenant.pk,
        "mail",
        "ask@x.example",
        "Hello",
    )
    assert {name: value for name, value in entry.payload.items() if name != "number"} == {
        "from": "us@x.example",
        "to": ["ask@x.example"],
        "cc": [],
        "reply_to": ["r@x.example"],
        "headers": {"X-One": "1"},
        "text": "Hello Ask",
        "html": "<p>Hello Ask</p>",
    }
    assert len(entry.payload["number"]) == 32


def test_django_s_own_short_cut_does_the_same(tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        send_mail("Hello", "Hello Ask", None, ["ask@x.example"])

    assert entries()[0].payload["from"] == django_settings.DEFAULT_FROM_EMAIL


def test_what_is_taken_back_takes_its_mail_along(tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        letter().send()
        transaction.set_rollback(True)

    assert entries() == []


@pytest.mark.parametrize("debug", [True, False])
def test_a_secret_is_kept_as_one_but_in_development_where_it_is_read_in_the_browser(
    debug: bool, tenant: Tenant, settings: Settings
) -> None:
    settings.DEBUG = debug
    mail = letter()
    mail.secret = True

    with tenant_scope(tenant.pk):
        mail.send()

    assert [entry.secret for entry in entries()] == [not debug]


@pytest.mark.parametrize("scope", ["identity", "support"])
def test_mail_that_is_written_before_anyone_is_known_has_no_tenant(scope: str) -> None:
    with identity_scope() if scope == "identity" else support_scope("a test"):
        letter().send()

    assert [entry.tenant_id for entry in entries()] == [None]


def test_mail_can_be_written_when_the_request_is_over() -> None:
    letter().send()

    assert [entry.tenant_id for entry in entries()] == [None]


def test_the_same_of_the_same_fact_is_told_to_each_address_once(tenant: Tenant) -> None:
    other = TenantFactory()
    for scope in (tenant, tenant, other):
        with tenant_scope(scope.pk):
            letter("licence-date:1").send()
            letter("licence-date:1", to="berit@nordlys.example").send()
            letter("licence-date:2").send()

    assert [(entry.tenant_id, entry.about, entry.recipient.partition("@")[0]) for entry in entries()] == [
        (scope.pk, about, name)
        for scope in (tenant, other)
        for about, name in [("licence-date:1", "ask"), ("licence-date:1", "berit"), ("licence-date:2", "ask")]
    ]


def test_mail_about_no_fact_is_told_as_often_as_it_is_sent(tenant: Tenant) -> None:
    for _ in range(2):
        with tenant_scope(tenant.pk):
            letter().send()

    assert len(entries()) == 2
    assert len({entry.payload["number"] for entry in entries()}) == 2


@pytest.mark.parametrize(
    "message",
    [
        EmailMessage("Hello\r\nBcc: thief@x.example", "Hello", to=["ask@x.example"]),
        EmailMessage("Hello\nBcc: thief@x.example", "Hello", to=["ask@x.example"]),
        EmailMessage("Hello", "Hello", to=["ask@x.example\r\nBcc: thief@x.example"]),
        EmailMessage("Hello", "Hello", to=["ask@x.example"], reply_to=["r@x.example\nBcc: thief@x.example"]),
        EmailMessage("Hello", "Hello", "us@x.example\nBcc: thief@x.example", to=["ask@x.example"]),
        EmailMessage("Hello", "Hello", to=["ask@x.example"], headers={"X-One": "1\nBcc: thief@x.example"}),
        EmailMessage("Hello", "Hello", to=["ask@x.example"], headers={"X-One\nBcc": "thief@x.example"}),
    ],
    ids=["subject", "subject, bare", "to", "reply to", "from", "header", "header name"],
)
def test_nothing_breaks_out_of_a_header(message: EmailMessage, tenant: Tenant) -> None:
    with tenant_scope(tenant.pk), pytest.raises(ValueError, match=r"."):
        message.send()

    assert entries() == []


def test_attachments_are_refused(tenant: Tenant) -> None:
    message = EmailMessage("Hello", "Hello", to=["ask@x.example"], attachments=[("a.txt", "a", "text/plain")])

    with tenant_scope(tenant.pk), pytest.raises(ValueError, match="without attachments"):
        message.send()


def test_a_tenant_sees_its_own_mail_and_changes_none(tenant: Tenant) -> None:
    own, theirs = OutboxEntryFactory(tenant=tenant), OutboxEntryFactory()
    with identity_scope():
        letter().send()

    with tenant_scope(tenant.pk):
        seen = list(OutboxEntry.objects.values_list("pk", flat=True))
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            OutboxEntry.objects.update(state="delivered", closed_at=timezone.now())

    assert theirs.pk not in seen
    assert seen == [own.pk]


def test_a_tenant_writes_no_mail_in_the_name_of_another(tenant: Tenant) -> None:
    other = TenantFactory()

    with pytest.raises(DatabaseError, match="row-level security"), tenant_scope(tenant.pk):
        OutboxEntry.objects.create(tenant=other, recipient="x", created_at=timezone.now(), due_at=timezone.now())


def test_before_anyone_is_known_mail_is_written_and_not_read() -> None:
    with identity_scope(), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        OutboxEntry.objects.count()


def test_writing_nudges_the_worker_once_it_is_committed(
    tenant: Tenant, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with redis.Redis.from_url(django_settings.CELERY_BROKER_URL) as broker:
        broker.delete("mail")
        with django_capture_on_commit_callbacks() as callbacks, tenant_scope(tenant.pk):
            letter().send()
            before = broker.llen("mail")
        for callback in callbacks:
            callback()
        messages = [json.loads(message) for message in broker.lrange("mail", 0, -1)]
        broker.delete("mail")

    assert before == 0
    assert [message["headers"]["task"] for message in messages] == ["notifications.tasks.deliver_mail"]
    assert json.loads(b64decode(messages[0]["body"]))[0] == []
