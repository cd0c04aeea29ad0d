"""What runs every night of the tenant's own calendar: once, however many schedulers look, and later if none did.

Source: domain facts §6 (nightly regeneration is advised), reliability R-14.
"""

from datetime import date, datetime, time, timedelta
from typing import Final

import structlog
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import Tenant
from notifications.models import Occurrence, SystemEvent
from notifications.services.job_kinds import JobKind
from notifications.services.tracker import AlreadyActive, start_job
from notifications.services.violations import constraint_of

log = structlog.get_logger(__name__)

FROM: Final = time(2, 0)
"""By the tenant's clock: few people are at work."""
ONCE: Final = "occurrence_once"
LOOK_BACK: Final = timedelta(days=2)


def start_nightly(kind: JobKind) -> None:
    """Start the job for every tenant whose night has come and who had none yet; what fails for one keeps no other."""
    for tenant in _due(kind):
        try:
            with tenant_scope(tenant.pk):
                start_once(kind, tenant)
        except DatabaseError:
            log.exception("nightly_job_not_started", tenant_id=tenant.pk, kind=kind.code)


def start_once(kind: JobKind, tenant: Tenant) -> SystemEvent | None:
    """Start tonight's job of the tenant, unless it was started, or has been by hand since the night began."""
    night = _night(tenant)
    if night is None:
        return None
    since = SystemEvent.objects.of(tenant).filter(source=SystemEvent.CONSOLE, key=kind.key, activated_at__gte=night)
    try:
        with transaction.atomic():
            Occurrence.objects.create(tenant=tenant, name=kind.code, due_on=night.date(), started_at=timezone.now())
            return None if since.exists() else start_job(kind, tenant=tenant, by=None)
    except AlreadyActive:
        return None  # a later look tries again, once what runs has ended
    except IntegrityError as error:
        if constraint_of(error) != ONCE:
            raise
        return None


def _due(kind: JobKind) -> list[Tenant]:
    with support_scope(f"start the nightly {kind.code}", routine=True):
        started: set[tuple[int, date]] = set(
            Occurrence.objects.filter(name=kind.code, started_at__gte=timezone.now() - LOOK_BACK).values_list(
                "tenant_id", "due_on"
            )
        )
        return [
            tenant
            for tenant in Tenant.objects.order_by("pk")
            if (night := _night(tenant)) and (tenant.pk, night.date()) not in started
        ]


def _night(tenant: Tenant) -> datetime | None:
    """When the tenant's present day's night began; None before it has."""
    now = timezone.now().astimezone(tenant.zone)
    began = datetime.combine(now.date(), FROM, tzinfo=tenant.zone)
    return began if now >= began else None
