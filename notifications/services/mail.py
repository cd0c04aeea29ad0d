"""Mail as an effect: written to the outbox from Django's messages, and carried out by the mailer `outside`."""

import re
import smtplib
from contextlib import nullcontext
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives

from config.mail import OUTSIDE
from config.mails import Mail
from config.tenancy.scopes import current_tenant_id, identity_scope
from notifications.models import OutboxEntry
from notifications.services.outbox import NotNow, Refused, write_effects

KIND: Final = "mail"
HEADER_NAME: Final = re.compile("[!-9;-~]+")
OF_THE_CONSOLE: Final = {530, 534, 535, 538}
"""What a mail server says to a console that does not log in as it should: no fault of the mail, nor of its reader."""


def write_mail(message: EmailMessage) -> None:
    """Write one entry for each address that the message goes to: for the tenant whose scope this is, or for nobody.

    Raises ValueError for what would break out of a header, and for attachments, which the outbox does not carry.
    """
    message.message()
    if not all(HEADER_NAME.fullmatch(name) for name in message.extra_headers):
        raise ValueError("a header has a name that is none")
    if message.attachments:
        raise ValueError("mail goes out without attachments")
    tenant_id = current_tenant_id()
    with identity_scope() if tenant_id is None else nullcontext():
        write_effects(*(_entry(message, address, tenant_id) for address in dict.fromkeys(message.recipients())))


def _entry(message: EmailMessage, address: str, tenant_id: int | None) -> OutboxEntry:
    about, secret, not_before = "", False, None
    if isinstance(message, Mail):
        about, not_before = message.about, message.not_before
        secret = message.secret and not settings.DEBUG  # in development one reads one's mail in the browser
    payload = {
        "from": message.from_email,
        "to": message.to,
        "cc": message.cc,
        "reply_to": message.reply_to,
        "headers": {name: str(value) for name, value in message.extra_headers.items()},
        "text": message.body,
        "html": "".join(str(body) for body, kind in getattr(message, "alternatives", []) if kind == "text/html"),
    }
    entry = OutboxEntry(tenant_id=tenant_id, kind=KIND, about=about, recipient=address, payload=payload, secret=secret)
    entry.subject, entry.due_at = str(message.subject)[:300], not_before  # type: ignore[assignment]  # None: now
    return entry


class Copy(EmailMultiAlternatives):
    """One reader's copy: the envelope names nobody else, whatever the header says."""

    recipient: str

    def recipients(self) -> list[str]:
        return [self.recipient]


def message_of(entry: OutboxEntry) -> Copy:
    """The message as it leaves. Its Message-ID is the same at every attempt."""
    kept: dict[str, Any] = entry.payload
    headers = kept["headers"] | {"Message-ID": message_id(entry)}
    addresses = {"to": kept["to"], "cc": kept["cc"], "reply_to": kept["reply_to"]}
    copy = Copy(entry.subject, kept["text"], kept["from"], headers=headers, **addresses)
    copy.recipient = entry.recipient
    if kept["html"]:
        copy.attach_alternative(kept["html"], "text/html")
    return copy


def message_id(entry: OutboxEntry) -> str:
    return f"<{entry.payload['number']}@{urlsplit(settings.BASE_URL).hostname}>"


def deliver(entry: OutboxEntry) -> None:
    """Hand the mail to the server. Raises Refused when it never will be taken, NotNow when it may be later."""
    try:
        message_of(entry).send(using=OUTSIDE)
    except smtplib.SMTPRecipientsRefused as refusal:
        [(code, said)] = refusal.recipients.values()
        raise _answer(code, said) from refusal
    except smtplib.SMTPResponseException as refusal:
        is_ours = isinstance(refusal, smtplib.SMTPConnectError | smtplib.SMTPHeloError | smtplib.SMTPSenderRefused)
        raise _answer(refusal.smtp_code, refusal.smtp_error, nobody=is_ours) from refusal
    except OSError as error:  # smtplib's own errors are some of these
        raise NotNow(f"The mail server could not be asked: {error or type(error).__name__}", nobody=True) from error
    except ValueError as error:
        raise Refused(f"That is no address to send to: {error}") from error


def _answer(code: int, said: bytes | str, *, nobody: bool = False) -> Exception:
    """What a mail server's answer means. RFC 5321 §4.2.1: 4xx may pass, 5xx will not; 421 closes the door to all."""
    words = said.decode(errors="replace") if isinstance(said, bytes) else said
    reason = f"{code} {' '.join(words.split())}"
    if nobody or code == 421 or code in OF_THE_CONSOLE:
        return NotNow(reason, nobody=True)
    return Refused(reason) if 500 <= code < 600 else NotNow(reason)
