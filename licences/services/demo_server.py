"""What the demo's licence server says: to one tenant less than it uses, to another more, to the third nothing new."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from licences.catalogue.entries import VENDOR
from licences.catalogue.published import published_catalogue
from licences.licence_descriptions import line_of
from licences.licence_file import FORMAT, LicenceFile, sign_licence_file
from licences.models import ServerAnswer
from licences.plan_features import LicenceRow
from licences.services.demo import DEMOS, VERSION, Demo, spaced_dates, vendor_rows
from licences.services.loading import demo_key

VALID_FOR = timedelta(days=7)
RENEWED_BY_DAYS = 365

Status = ServerAnswer.Status


@dataclass(frozen=True, slots=True)
class Offer:
    """What a demo tenant's next contract changes: seats by plan, and system licences that come along."""

    seats: Mapping[tuple[str, int], int]
    added: Iterable[str] = ()


OFFERS = {
    # 21 users hold Sales Premium: two must give theirs back before the set can be activated.
    "1000000001": Offer({("ten-sales", 2): 19, ("ten-service", 2): 20}, added=["ms-teams"]),
    "1000000003": Offer({("plus", 0): 50}),
}
"""By serial number; each is the vendor's issue 2."""
OFFERED_ISSUE = 2


def demo_answer(serial_number: str, issues: Mapping[str, int]) -> dict[str, Any]:
    """The answer to a tenant that has these issues, by the owners' codes. Nothing is remembered."""
    demo = next((each for each in DEMOS if each.serial_number == serial_number), None)
    if demo is None:
        return _answer(Status.PROBLEM, message="The demo's licence server does not know this serial number.")
    offer = OFFERS.get(serial_number)
    if offer is None or issues.get(VENDOR, 0) >= OFFERED_ISSUE:
        return _answer(Status.OK)
    return _answer(Status.NEW_LICENCE, licences=[_signed(demo, offer)])


def _answer(status: ServerAnswer.Status, *, message: str = "", licences: Iterable[str] = ()) -> dict[str, Any]:
    return {"status": status.value, "message": message, "url": "", "licences": list(licences)}


def _signed(demo: Demo, offer: Offer) -> str:
    offered = replace(demo, plans={plan: (offer.seats.get(plan, n[0]), n[1]) for plan, n in demo.plans.items()})
    now = timezone.now().replace(microsecond=0)
    expires_on = timezone.localdate() + timedelta(days=demo.expires_in_days + RENEWED_BY_DAYS)
    contents = {
        "format": FORMAT,
        "owner": VENDOR,
        "company_name": demo.company_name,
        "serial_number": demo.serial_number,
        "issue_number": OFFERED_ISSUE,
        "issued_at": now,
        "valid_until": now + VALID_FOR,
        "version": VERSION,
        "suite_plan": demo.suite_plan or None,
        "licences": [line_of(row) for row in (*vendor_rows(offered), *_added(offer))],
        **asdict(spaced_dates(expires_on)),
    }
    return sign_licence_file(LicenceFile.typed(contents), key=demo_key(settings.LICENCE_DEMO_KEY)).decode()


def _added(offer: Offer) -> Iterable[LicenceRow]:
    licences = published_catalogue().vendor_licences
    return (LicenceRow(code, licences[code].name, 1, None, licences[code].unrestricted) for code in offer.added)
