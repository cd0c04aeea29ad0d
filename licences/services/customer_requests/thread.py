"""What is said in a request, each thing an event; a form that is sent twice says it once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from licences.models import CustomerRequest, RequestEvent, User
from licences.services.request_files import Attachment


def said_with(tenant_id: int, form_key: UUID | None) -> RequestEvent | None:
    """What was said with the key of this form. Something else that comes with it is new, and kept without the key.

    Whoever sends something with the same key, of another request too, waits.
    """
    if form_key is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [f"form {form_key}", tenant_id])
    return RequestEvent.objects.filter(tenant=tenant_id, form_key=form_key).select_related("request").first()


def says(
    event: RequestEvent | None,
    asked: CustomerRequest,
    kind: RequestEvent.Kind,
    text: str,
    files: Sequence[Attachment] = (),
) -> bool:
    """Whether it said just this, of this request: the same words, with the same files."""
    if event is None or (event.request_id, event.kind, event.text) != (asked.pk, kind, text):
        return False
    kept = event.files.order_by("pk").values_list("name", "size_bytes")
    return list(kept) == [(each.name, len(each.content)) for each in files]


def write(
    asked: CustomerRequest,
    kind: RequestEvent.Kind,
    *,
    by: User,
    at: datetime | None = None,
    text: str = "",
    data: Mapping[str, Any] | None = None,
    is_internal: bool = False,
    form_key: UUID | None = None,
) -> RequestEvent:
    return RequestEvent.objects.create(
        tenant_id=asked.tenant_id,
        request=asked,
        kind=kind,
        at=at or timezone.now(),
        by=None if by.is_support else by,
        by_name=by.full_name or by.login_id,
        is_of_support=by.is_support,
        is_internal=is_internal,
        text=text,
        data=dict(data or {}),
        form_key=form_key,
    )
