"""What can be imported from a file, one class each."""

from licences.models import Tenant
from notifications.imports.kinds import ImportKind
from notifications.imports.usage import UsageImport
from notifications.imports.users import UserImport

KINDS: dict[str, ImportKind] = {kind.code: kind for kind in (UserImport(), UsageImport())}


def kinds_for(tenant: Tenant) -> list[ImportKind]:
    """What the tenant can import; the first is what is most often asked for."""
    return [kind for kind in KINDS.values() if kind.is_for(tenant)]


def kind_of(code: str, tenant: Tenant) -> ImportKind:
    """The kind with this code; the tenant's first where it has none of that name."""
    offered = kinds_for(tenant)
    return next((kind for kind in offered if kind.code == code), offered[0])
