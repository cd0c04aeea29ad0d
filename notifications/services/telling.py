"""Facts of upstream apps, told by mail: each once, by a sweep that asks one cheap question while there is nothing new.

What is told is in the outbox, written in one transaction with nothing else; so whatever dies on the way, a later sweep
tells it. What a mail is `about` names its fact, not its reader: who gets another address later is not told again.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

import structlog
from django.db import transaction
from django.db.models import CharField, Exists, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext

from config.mails import Mail
from config.tenancy.scopes import current_tenant_id, support_scope, tenant_scope
from licences.models import CustomerRequest, Tenant, User
from licences.services.accounts import administrators_who_can_log_in
from notifications.models import OutboxEntry
from notifications.services.mail import KIND

log = structlog.get_logger(__name__)

LONGEST_ADDRESS: Final = 320
OLD: Final = timedelta(days=14)
"""What is older is no news, not even to a console that begins to send mail today."""


def not_told(about: str) -> Q:
    """For facts of a tenant: nobody was told yet. `about` is what the `about` of their mails begins with."""
    named = Concat(Value(about), Cast(OuterRef("pk"), CharField()))
    told = OutboxEntry.objects.filter(tenant=OuterRef("tenant"), kind=KIND, about=named)
    return ~Q(Exists(told.exclude(about="")))  # as the index has it


def tell_each[Fact: Model](untold: QuerySet[Fact], tell: Callable[[Fact, Tenant], None], *, what: str) -> None:
    """Tell every fact, in the scope of its tenant. What fails for one is logged, and keeps no other from being told."""
    with support_scope(f"whom to tell of {what}", routine=True):
        tenants = list(Tenant.objects.filter(pk__in=untold.order_by().values("tenant")))
    for tenant in tenants:
        with tenant_scope(tenant.pk):
            for fact in untold.filter(tenant=tenant):
                try:
                    with transaction.atomic():
                        tell(fact, tenant)
                except Exception:
                    log.exception("not_told", what=what, tenant_id=tenant.pk, fact_id=fact.pk)


def send(mail: Mail, *, about: str) -> None:
    """Write it to the outbox. Where what stands on record is no address, an entry that has failed stands there, for
    support to see, and the fact is told as far as it can be."""
    mail.about = about
    try:
        mail.send()
    except ValueError:
        now, address = timezone.now(), ", ".join(mail.to)[:LONGEST_ADDRESS]
        failed = OutboxEntry(kind=KIND, about=about, recipient=address, tenant_id=current_tenant_id(), created_at=now)
        failed.due_at = failed.closed_at = now
        failed.state, failed.error = OutboxEntry.State.FAILED, "That is no address to send to."
        OutboxEntry.objects.bulk_create([failed], ignore_conflicts=True)
        log.warning("no_address_to_tell", about=about)


def title_of(asked: CustomerRequest) -> str:
    """What a mail may call the request: what a report about security is about stands in the console alone."""
    return gettext("a report about security") if asked.is_security else asked.title


def administrators(tenant: Tenant) -> Iterator[User]:
    """Those who can log in and have an address; each address once."""
    addresses: dict[str, User] = {}
    for user in administrators_who_can_log_in(tenant).exclude(email="").order_by("pk"):
        addresses.setdefault(user.email.casefold(), user)
    yield from addresses.values()
