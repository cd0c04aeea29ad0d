"""A member of support looks at a tenant's screen as the tenant's administrators see it."""

import structlog

from licences.models import SupportVisit, Tenant, User

log = structlog.get_logger(__name__)


class NotSupport(Exception):
    """Only support staff visit."""


class NoReason(Exception):
    """A visit says why it is made: the tenant reads it."""


def start_visit(tenant: Tenant, *, reason: str, by: User) -> SupportVisit:
    """Write down, for the tenant to read, who begins to look and why. Raises NotSupport and NoReason.

    Where the visit is remembered while it lasts is the session's matter.
    """
    if not by.is_support:
        raise NotSupport
    if not reason.strip():
        raise NoReason
    visit = SupportVisit.objects.create(tenant=tenant, login_id=by.login_id, reason=reason.strip())
    log.info("visit_started", tenant_id=tenant.pk, visit_id=visit.pk, by_user_id=by.pk)
    return visit


def leave_visit(tenant_id: int, *, by: User) -> None:
    """Write the end of a visit to the log. A session that ends before, by logout or by time, ends the visit too."""
    log.info("visit_left", tenant_id=tenant_id, by_user_id=by.pk)
