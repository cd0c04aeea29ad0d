"""The tab bar of the Licences screen, which stands on pages of more than one app."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from licences.models import LicenceOwner, LicenceSet, Tenant


@dataclass(frozen=True, slots=True)
class Tab:
    code: str
    name: str
    url: str


def tabs(tenant: Tenant) -> list[Tab]:
    """SuperOffice, Status, System notifications, then one tab per third-party owner that has a licence set."""
    owners = LicenceOwner.objects.filter(
        is_vendor=False, pk__in=LicenceSet.objects.active().filter(tenant=tenant).values("owner")
    )
    return [
        Tab("superoffice", "SuperOffice", reverse("licences:superoffice")),
        Tab("status", _("Status"), reverse("licences:status")),
        Tab("notifications", _("System notifications"), reverse("notifications:events")),
        *(Tab(owner.code, owner.name, reverse("licences:owner", args=[owner.code])) for owner in owners),
    ]
