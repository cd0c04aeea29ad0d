"""A mail server for tests, which speaks real SMTP on localhost and keeps what it takes."""

import email
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from tests.config.supervised import free_port


class MailServer:
    """Answers `to_sender`, `answers[address]` to a recipient and `after_data` to a mail, and OK where nothing stands
    there."""

    def __init__(self) -> None:
        self.port = free_port()
        self.letters: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answers: dict[str, str] = {}
        self.to_sender = self.after_data = ""

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?timeout=20"

    @property
    def message_ids(self) -> list[str]:
        return [letter["Message-ID"] for letter in self.letters]

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if not self.to_sender:
            envelope.mail_from = address
        return self.to_sender or "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        answer = self.answers.get(address, "")
        if not answer:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.after_data:
            return self.after_data
        self.letters.append(email.message_from_bytes(envelope.content, policy=default))
        self.recipients += envelope.rcpt_tos
        return "250 taken"


@contextmanager
def running(server: MailServer) -> Iterator[None]:
    """It takes mail meanwhile; before and after nothing listens at its port."""
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


@contextmanager
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    with running(server):
        yield server
