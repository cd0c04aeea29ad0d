"""The files that come with requests and with replies to them: how many are kept, how much, and of which event."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext as _

from licences.models import RequestEvent, RequestFile

MIB: Final = 1024 * 1024
MOST_FILES: Final = 20
"""Of one request, with those of all replies."""
MOST_MIB: Final = 200
"""Of all requests of a tenant, until they are forgotten: they are kept in the database."""


class TooManyFiles(Exception):
    """The request or its tenant keeps as much as one may; the message says so, for whoever sends the files."""


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content: bytes = field(repr=False)


def keep_files(files: Sequence[Attachment], event: RequestEvent) -> None:
    """Keep them with what they came with, in its transaction. Raises TooManyFiles."""
    if not files:
        return
    _check_room(files, event)
    RequestFile.objects.bulk_create(
        RequestFile(
            tenant_id=event.tenant_id,
            request_id=event.request_id,
            event=event,
            name=each.name,
            size_bytes=len(each.content),
            content=each.content,
            at=event.at,
        )
        for each in files
    )


def _check_room(files: Sequence[Attachment], event: RequestEvent) -> None:
    """Who else keeps a file of the tenant waits: what is counted here stays so until these are written.

    It is the last lock that is taken, after those of the request and of the form's key.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", ["request files", event.tenant_id])
    kept = RequestFile.objects.filter(tenant=event.tenant_id)
    if kept.filter(request=event.request_id).count() + len(files) > MOST_FILES:
        raise TooManyFiles(_("A request keeps %(most)d files at most.") % {"most": MOST_FILES})
    held: int = kept.aggregate(size=Sum("size_bytes", default=0))["size"]
    if held + sum(len(each.content) for each in files) > MOST_MIB * MIB:
        said = _(
            "All requests together keep %(most)d MiB of files at most, and there is no room for these. Send it without "
            "files, or with smaller ones."
        )
        raise TooManyFiles(said % {"most": MOST_MIB})
