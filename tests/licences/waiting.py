"""Licence sets that come in, for the tests of activation: short by a word, and through the service like any other."""

from collections.abc import Mapping

from licences.models import HistoryEntry, Licence, LicenceSet, LicenceType, SuitePlan, Tenant
from licences.services.licence_sets import Issue, LicenceDates, LicenceLine, receive_set
from tests.factories import scope_of


def receive(
    tenant: Tenant,
    totals: Mapping[LicenceType, int],
    *,
    dates: LicenceDates | None = None,
    suite_plan: SuitePlan | None = None,
    number: int | None = None,
) -> LicenceSet:
    """The owner of the types issues so many of each, and nothing else; the number is the next, if none is given."""
    owner = next(iter(totals)).owner
    lines = [LicenceLine(kind, total, kind.name) for kind, total in totals.items()]
    with scope_of(tenant):
        last = LicenceSet.objects.filter(tenant=tenant, owner=owner).order_by("-issue_number").first()
        issue = Issue(
            owner,
            number or (last.issue_number + 1 if last else 1),
            lines,
            version="12.2",
            dates=dates or LicenceDates(),
            suite_plan=suite_plan,
        )
        return receive_set(tenant, issue, by=None)


def again(licence: Licence) -> Licence:
    """The row as it is now, with its set, its type and its tenant."""
    with scope_of(licence):
        return Licence.objects.select_related("licence_set", "type__owner", "tenant").get(pk=licence.pk)


def states(tenant: Tenant) -> list[str]:
    """Of the tenant's sets, the oldest first."""
    with scope_of(tenant):
        return list(LicenceSet.objects.filter(tenant=tenant).order_by("issue_number").values_list("state", flat=True))


def last_entry(tenant: Tenant) -> HistoryEntry:
    with scope_of(tenant):
        return HistoryEntry.objects.filter(tenant=tenant).select_related("by").latest("number")
