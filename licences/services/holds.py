"""Open work that a product reports of a user: as long as there is any, the user's plans cannot be taken.

Each source keeps its own holds by keys of its own; saying the same again changes nothing. Source: design §11.
"""

from django.db import transaction
from django.utils import timezone

from licences.models import Hold, Tenant, User


@transaction.atomic
def set_hold(tenant: Tenant, *, user: User, source: str, key: str, reason: str) -> tuple[Hold, bool]:
    """Remember the open work, or what has become of it; true when it is new. `set_at` stays when it was first said."""
    _lock(tenant, user)
    hold = Hold.objects.filter(tenant=tenant, user=user, source=source, key=key).first()
    if hold is None:
        now = timezone.now()
        made = Hold.objects.create(tenant=tenant, user=user, source=source, key=key, reason=reason, set_at=now)
        return made, True
    if hold.reason != reason:
        hold.reason = reason
        hold.save(update_fields=["reason"])
    return hold, False


@transaction.atomic
def clear_hold(tenant: Tenant, *, user: User, source: str, key: str) -> bool:
    """The work is done; false when nothing was known of it."""
    _lock(tenant, user)
    deleted, _by_model = Hold.objects.filter(tenant=tenant, user=user, source=source, key=key).delete()
    return deleted > 0


def _lock(tenant: Tenant, user: User) -> None:
    """Who moves seats locks the users first and looks at their holds then (licences/services/seating.py)."""
    User.objects.select_for_update(no_key=True).filter(tenant=tenant, pk=user.pk).get()
