"""Where one is: the main navigation, and the tab bar of the Licences screen, which stands on pages of several apps."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import ResolverMatch, reverse
from django.utils.translation import gettext as _

from licences.models import LicenceSet, Tenant

SECTIONS = {
    "users": {
        "users",
        "users_change",
        "users_report",
        "users_licences",
        "user",
        "seat_use",
        "features",
        "feature",
        "what_if",
    },
    "history": {"history"},
    "requests": {"requests", "request", "request_file", "upgrade", "support", "contacts"},
    "tokens": {"tokens", "token_new", "token_revoke"},
}
"""The entries of the main navigation beside Licences, with the names of the addresses that belong to each."""
OF_NO_SECTION = {"search", "now", "dev_mail"}


def section_of(match: ResolverMatch | None) -> str:
    """Which entry of the main navigation an address belongs to."""
    if match is not None and match.url_name in OF_NO_SECTION:
        return ""
    if match is not None and match.app_name == "notifications" and str(match.url_name).startswith("import"):
        return "users"
    if match is None or match.app_name == "metering":
        return match.app_name if match else ""
    own = match.url_name if match.app_name == "licences" else None
    return next((section for section, names in SECTIONS.items() if own in names), "licences")


@dataclass(frozen=True, slots=True)
class Tab:
    code: str
    name: str
    url: str


def active_sets(tenant: Tenant) -> list[LicenceSet]:
    """The active licence set of each owner, the vendor's first: a handful, which tell both the tabs and what is on
    them."""
    return list(LicenceSet.objects.active().filter(tenant=tenant).select_related("owner"))


def tabs(sets: Iterable[LicenceSet]) -> list[Tab]:
    """SuperOffice, Status, System notifications, then one tab per third-party owner that has a licence set."""
    owners = [licence_set.owner for licence_set in sets if not licence_set.owner.is_vendor]
    return [
        Tab("superoffice", "SuperOffice", reverse("licences:superoffice")),
        Tab("status", _("Status"), reverse("licences:status")),
        Tab("notifications", _("System notifications"), reverse("notifications:events")),
        *(Tab(owner.code, owner.name, reverse("licences:owner", args=[owner.code])) for owner in owners),
    ]
