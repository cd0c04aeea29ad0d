"""Django's mail API, backed by the outbox: sending writes mail down, in the transaction of whatever causes it."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from notifications import tasks
from notifications.services.mail import write_mail


class OutboxBackend(BaseEmailBackend):
    """Named in settings as the default mailer, so that no app that sends mail imports this one."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many were written. Raises ValueError for an address or subject that would break out of its header."""
        for message in email_messages:
            write_mail(message)
        if email_messages:
            tasks.nudge_outbox()
        return len(email_messages)
