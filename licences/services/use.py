"""When users last used the product, as a product reports it: the days of use, and each user's last one.

Reporting the same again, or in another order, ends in the same. Source: design §11; the window is that of §8.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from licences.models import DayOfUse, Tenant, User

MOST_BACK: Final = timedelta(days=35)
MOST_AHEAD: Final = timedelta(minutes=5)

LATER_USE = """
UPDATE licences_user SET last_used_at = used.at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS used (user_id, at)
WHERE tenant_id = %s AND id = used.user_id AND (last_used_at IS NULL OR last_used_at < used.at)
"""


class Refusal(TextChoices):
    """Why a use was not taken. The codes are stable."""

    UNKNOWN_USER = "unknown-user", _("There is no such user")
    TOO_LATE = "too-long-ago", _("It is more than 35 days ago")
    TOO_EARLY = "in-the-future", _("It is more than 5 minutes ahead")


@dataclass(frozen=True, slots=True)
class Use:
    """A user, by user ID, used the product at this moment."""

    user_id: str
    used_at: datetime


@transaction.atomic
def record_use(tenant: Tenant, *, uses: Sequence[Use]) -> list[Refusal | None]:
    """Take what can be taken; for each use, in order, why it was not. A handful of statements for any number."""
    users = _locked(tenant, {use.user_id for use in uses})
    now = timezone.now()
    answers = [_refusal_of(use, users, now) for use in uses]
    taken = [(users[use.user_id], use.used_at) for use, refusal in zip(uses, answers, strict=True) if refusal is None]
    days = sorted({(user.pk, at.astimezone(tenant.zone).date()) for user, at in taken})
    DayOfUse.objects.bulk_create(
        [DayOfUse(tenant=tenant, user_id=user_id, used_on=day) for user_id, day in days], ignore_conflicts=True
    )
    last: dict[int, datetime] = {}
    for user, at in taken:
        last[user.pk] = max(at, last.get(user.pk, at))
    with connection.cursor() as cursor:
        cursor.execute(LATER_USE, [list(last), list(last.values()), tenant.pk])
    return answers


def _locked(tenant: Tenant, user_ids: set[str]) -> Mapping[str, User]:
    """The tenant's users with these user IDs, however they are written, locked in the order of their ids."""
    written = {user_id: user_id.strip().lower() for user_id in user_ids}
    found = {
        user.login_id: user
        for user in User.objects.of(tenant)
        .select_for_update(no_key=True)
        .filter(login_id__in=set(written.values()))
        .order_by("pk")
    }
    return {user_id: found[login_id] for user_id, login_id in written.items() if login_id in found}


def _refusal_of(use: Use, users: Mapping[str, User], now: datetime) -> Refusal | None:
    if use.user_id not in users:
        return Refusal.UNKNOWN_USER
    if use.used_at < now - MOST_BACK:
        return Refusal.TOO_LATE
    return Refusal.TOO_EARLY if use.used_at > now + MOST_AHEAD else None
