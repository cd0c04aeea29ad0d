"""Minutes of support: those that come with a month, and those that were worked. Source: status and SLA facts R20."""

from datetime import date, datetime, time, timedelta
from typing import Final

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Q, Sum
from django.utils import timezone

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import CustomerRequest, SupportBudget, SupportTime, Tenant, User
from licences.service_hours import budget_minutes

A_MONTH_AND_A_DAY: Final = timedelta(days=32)

log = structlog.get_logger(__name__)


class NoTime(ValueError):
    """Not a minute was worked."""


class LoggedMeanwhile(Exception):
    """More has been written down than whoever adds to it has seen: perhaps the same."""


@transaction.atomic
def log_time(asked: CustomerRequest, *, minutes: int, by: User, beside: int | None = None) -> SupportTime:
    """Write down that support worked on a request, until now, `beside` so many minutes that are written down already.

    Raises NoTime, and LoggedMeanwhile when they are not so many any more.
    """
    if minutes < 1:
        raise NoTime
    if beside is not None:
        CustomerRequest.objects.select_for_update(no_key=True).get(tenant=asked.tenant_id, pk=asked.pk)
        if minutes_worked(asked) != beside:
            raise LoggedMeanwhile
    log.info("support_time_logged", tenant_id=asked.tenant_id, request_id_of_customer=asked.pk, minutes=minutes)
    return SupportTime.objects.create(
        tenant_id=asked.tenant_id,
        request=asked,
        minutes=minutes,
        at=timezone.now(),
        by_name=by.full_name or by.login_id,
    )


def minutes_worked(asked: CustomerRequest) -> int:
    """All that was written down for a request."""
    worked = SupportTime.objects.filter(tenant=asked.tenant_id, request=asked)
    return int(worked.aggregate(minutes=Sum("minutes"))["minutes"] or 0)


def begin_of(month: date, tenant: Tenant) -> datetime:
    """Midnight of its first day where the tenant is."""
    return datetime.combine(month.replace(day=1), time(), tzinfo=tenant.zone)


def users_at(tenant: Tenant, moment: datetime) -> int:
    """How many users the tenant had: added by then, and not former employees yet."""
    users = User.objects.of(tenant).filter(date_joined__lte=moment)
    return int(users.filter(Q(left_at__isnull=True) | Q(left_at__gt=moment)).count())


@transaction.atomic
def write_budget(tenant: Tenant, *, month: date) -> SupportBudget:
    """What comes with a month that has begun, by the users there were at its beginning; the same when asked again."""
    month = month.replace(day=1)
    users = users_at(tenant, begin_of(month, tenant))
    budget = SupportBudget(tenant=tenant, month=month, users=users, minutes=budget_minutes(users))
    SupportBudget.objects.bulk_create([budget], ignore_conflicts=True)
    return SupportBudget.objects.get(tenant=tenant, month=month)


def write_budgets() -> None:
    """Write what comes with this month for every tenant that has nothing yet. One that fails keeps no other."""
    with support_scope("write the support budgets of the month", routine=True):
        tenants = list(Tenant.objects.all())
        # On the first of a month it is still the month before somewhere.
        lately = timezone.now().date() - A_MONTH_AND_A_DAY
        written = set(SupportBudget.objects.filter(month__gte=lately).values_list("tenant", "month"))
    for tenant in tenants:
        month = tenant.today.replace(day=1)
        if (tenant.pk, month) not in written:
            try:
                with tenant_scope(tenant.pk):
                    write_budget(tenant, month=month)
            except DatabaseError:
                log.exception("support_budget_not_written", tenant_id=tenant.pk)
