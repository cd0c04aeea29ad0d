"""Which limit is in force: the plan's, or an override's for a time. Source: design §6, R23.

A restriction's row keeps the limit that is in force and until when, so that using it up needs no look at plans.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import structlog
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import HistoryEntry, LimitOverride, PlanLimit, Restriction, Tenant, User
from licences.services.history import Change, lock_history, record
from licences.services.restriction_changes import SETTLE, change

log = structlog.get_logger(__name__)

NO_LIMIT: Final = "unlimited"
"""How the history writes a limit of None."""


class EndsBeforeItBegins(Exception):
    """An override is to be over by the time that it would count."""


UNSETTLED: Final = """
SELECT DISTINCT restriction.tenant_id
FROM licences_restriction restriction
JOIN licences_tenant tenant ON tenant.id = restriction.tenant_id
LEFT JOIN licences_planlimit plan_limit
    ON plan_limit.suite_plan_id = tenant.suite_plan_id AND plan_limit.restriction_id = restriction.type_id
WHERE restriction.limit_until <= %(now)s OR (
    restriction."limit" IS DISTINCT FROM CASE WHEN plan_limit.id IS NULL THEN 0 ELSE plan_limit."limit" END
    AND NOT EXISTS (
        SELECT FROM licences_limitoverride override
        WHERE override.tenant_id = restriction.tenant_id AND override.restriction_id = restriction.id
            AND override.starts_at <= %(now)s AND (override.ends_at IS NULL OR override.ends_at > %(now)s)
    )
)
"""


@transaction.atomic
def settle_limits(tenant: Tenant) -> None:
    """Put the limits in force that plan and overrides say now; what is in use beyond a lower one stays in use."""
    lock_history(tenant)  # a plan that changes meanwhile is not overwritten with the old one's limits
    now = timezone.now()
    plan = Tenant.objects.filter(pk=tenant.pk).values("suite_plan")
    planned = dict(PlanLimit.objects.filter(suite_plan__in=plan).values_list("restriction_id", "limit"))
    overrides = _overrides(tenant, now)
    for row in Restriction.objects.filter(tenant=tenant).select_related("type").order_by("pk"):
        of_row = overrides.get(row.pk, [])
        in_force = [each for each in of_row if each.starts_at <= now]
        limit = in_force[0].limit if in_force else planned.get(row.type_id, 0)
        moments = [moment for each in of_row for moment in (each.starts_at, each.ends_at) if moment and moment > now]
        limit_until = min(moments, default=None)
        if (row.limit, row.limit_until) != (limit, limit_until):
            change(SETTLE, tenant, row.type.code, at=now, limit=limit, limit_until=limit_until)


def _overrides(tenant: Tenant, now: datetime) -> Mapping[int, list[LimitOverride]]:
    """By restriction those that are in force or to come, the newest first."""
    rows: dict[int, list[LimitOverride]] = {}
    for each in LimitOverride.objects.filter(tenant=tenant).order_by("-set_at", "-pk"):
        if each.ends_at is None or each.ends_at > now:
            rows.setdefault(each.restriction_id, []).append(each)
    return rows


def settle_all_limits() -> None:
    """Settle every tenant whose limits are not as plan and overrides say: a date came, or the price list changed."""
    with support_scope("whose limits have changed", routine=True):
        with connection.cursor() as cursor:
            cursor.execute(UNSETTLED, {"now": timezone.now()})
            unsettled = [row[0] for row in cursor.fetchall()]
        tenants = list(Tenant.objects.filter(pk__in=unsettled))
    for tenant in tenants:
        try:
            with tenant_scope(tenant.pk):
                settle_limits(tenant)
        except DatabaseError:
            log.exception("limits_not_settled", tenant_id=tenant.pk)


@transaction.atomic
def override_limit(
    restriction: Restriction,
    *,
    limit: int | None,
    reason: str,
    by: User,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> LimitOverride:
    """Give the tenant another limit than its plan's, from now or `starts_at` on, for ever or until `ends_at`.

    Raises EndsBeforeItBegins.
    """
    tenant = restriction.tenant
    head = lock_history(tenant)
    now = timezone.now()
    if ends_at is not None and ends_at <= (starts_at or now):
        raise EndsBeforeItBegins
    before = Restriction.objects.get(pk=restriction.pk).limit
    override = LimitOverride.objects.create(
        tenant=tenant,
        restriction=restriction,
        limit=limit,
        starts_at=starts_at or now,
        ends_at=ends_at,
        reason=reason,
        set_at=now,
        set_by_name=by.login_id,
    )
    settle_limits(tenant)
    changed = Change(
        HistoryEntry.Action.LIMIT_SET,
        restriction.type.name,
        before={"limit": _written(before)},
        after={"limit": _written(limit)},
    )
    record(head, [changed], by=by, why=reason)
    return override


@transaction.atomic
def end_override(override: LimitOverride, *, by: User) -> None:
    """Let an override end now, or never begin. One that is over stays as it was."""
    tenant, now = override.tenant, timezone.now()
    head = lock_history(tenant)
    override.refresh_from_db()
    if override.ends_at is not None and override.ends_at <= now:
        return
    override.ends_at = max(now, override.starts_at)
    override.save(update_fields=["ends_at"])
    settle_limits(tenant)
    restriction = Restriction.objects.select_related("type").get(pk=override.restriction_id)
    changed = Change(
        HistoryEntry.Action.LIMIT_SET,
        restriction.type.name,
        before={"limit": _written(override.limit)},
        after={"limit": _written(restriction.limit)},
    )
    record(head, [changed], by=by, why=override.reason)


def _written(limit: int | None) -> int | str:
    return NO_LIMIT if limit is None else limit
