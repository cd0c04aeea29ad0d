"""A mail from its templates: subject, plain text and HTML, in the language and time zone of its reader."""

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation


class Mail(EmailMultiAlternatives):
    """`about` names the fact that it tells, so that each address is told once. `secret`: it opens a door, and nobody
    else may read it. It leaves `not_before` that moment. Sent by Django's own `send()`."""

    about: str = ""
    secret: bool = False
    not_before: datetime | None = None

    @property
    def html(self) -> str:
        return "".join(str(content) for content, kind in self.alternatives if kind == "text/html")


def compose_mail(
    name: str, context: Mapping[str, object], *, to: str, language: str = "", zone: ZoneInfo | None = None
) -> Mail:
    """The mail `templates/mail/<name>` to one address; both texts say the same. The templates also know `base_url`."""
    known = {"base_url": settings.BASE_URL, **context}
    with translation.override(language or settings.LANGUAGE_CODE), timezone.override(zone):
        subject = " ".join(render_to_string(f"mail/{name}.subject.txt", known).split())
        text = _tidy(render_to_string(f"mail/{name}.txt", known))
        html = render_to_string(f"mail/{name}.html", {"subject": subject, "language": language, **known})
    mail = Mail(subject, text, to=[to], headers={"Auto-Submitted": "auto-generated"})  # RFC 3834: asks for no answer
    mail.attach_alternative(html.strip(), "text/html")
    return mail


def _tidy(text: str) -> str:
    """At most one empty line between paragraphs, none at the ends, however the template is laid out."""
    lines = "\n".join(line.strip() for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines) + "\n"
