"""Open work that a product reports of a user: as long as there is any, the user's plans cannot be taken.

Each source keeps its own holds by keys of its own; saying the same again changes nothing. Source: design §11.
"""

from typing import cast

from django.db import transaction
from django.utils import timezone

from licences.models import Hold, User


@transaction.atomic
def set_hold(user: User, *, source: str, key: str, reason: str) -> tuple[Hold, bool]:
    """Remember the open work, or what has become of it; true when it is new. `set_at` stays when it was first said."""
    tenant_id = _lock(user)
    hold = Hold.objects.filter(tenant_id=tenant_id, user=user, source=source, key=key).first()
    if hold is None:
        now = timezone.now()
        made = Hold.objects.create(tenant_id=tenant_id, user=user, source=source, key=key, reason=reason, set_at=now)
        return made, True
    if hold.reason != reason:
        hold.reason = reason
        hold.save(update_fields=["reason"])
    return hold, False


@transaction.atomic
def clear_hold(user: User, *, source: str, key: str) -> bool:
    """The work is done; false when nothing was known of it."""
    tenant_id = _lock(user)
    deleted, _by_model = Hold.objects.filter(tenant_id=tenant_id, user=user, source=source, key=key).delete()
    return deleted > 0


def _lock(user: User) -> int:
    """The user's tenant. Whoever moves seats locks users too, and looks at their holds then (services/seating.py)."""
    User.objects.select_for_update(no_key=True).filter(pk=user.pk).get()
    return cast("int", user.tenant_id)  # only a tenant's users have work
