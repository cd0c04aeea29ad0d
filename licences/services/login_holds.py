"""Keep people out for a while, and let them in again. Whose hold it is, its key says. Source: design §14.4."""

from datetime import datetime

from django.utils import timezone

from licences.models import LoginHold, Tenant


def set_login_hold(
    tenant: Tenant,
    *,
    key: str,
    scope: LoginHold.Scope,
    owner: str = "",
    reason: str = "",
    expected_at: datetime | None = None,
) -> LoginHold:
    """From now on nobody of the scope is let in, and who is in is shown out at the next request; administrators stay.

    `owner` is the name of the group or the user ID. Saying it again changes what is said of it, and nothing else.
    """
    hold, _is_new = LoginHold.objects.update_or_create(
        tenant=tenant,
        key=key,
        defaults={"scope": scope, "owner": owner, "reason": reason, "expected_at": expected_at},
        create_defaults={
            "scope": scope,
            "owner": owner,
            "reason": reason,
            "expected_at": expected_at,
            "set_at": timezone.now(),
        },
    )
    return hold


def change_login_hold(tenant: Tenant, *, key: str, reason: str, expected_at: datetime | None) -> bool:
    """Tell those who are kept out something else; false when there is no such hold."""
    holds = LoginHold.objects.filter(tenant=tenant, key=key)
    return holds.update(reason=reason, expected_at=expected_at) > 0


def clear_login_hold(tenant: Tenant, *, key: str) -> bool:
    """Let them in again; false when there was no such hold."""
    deleted, _by_model = LoginHold.objects.filter(tenant=tenant, key=key).delete()
    return deleted > 0
