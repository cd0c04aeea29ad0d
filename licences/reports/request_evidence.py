"""How things stand when an upgrade is asked for: shown before the request is sent, and kept with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from licences.models import Licence, Restriction
from licences.reports.restriction_list import row_of
from licences.reports.upgrade_offers import LimitOffer, Offers

NEAR, REACHED = "near_since", "reached_since"


@dataclass(frozen=True, slots=True)
class Line:
    """One fact. `since` is when the limit was reached, or came near: `is_reached` tells which."""

    label: str
    value: str
    since: datetime | None = None
    is_reached: bool = False


def evidence_of(offers: Offers, *, about: Restriction | Licence | None = None) -> dict[str, Any]:
    """Plan, users, seats and limits as they are now, for JSON: of limits the one that it is `about`, else those that
    are near; of seats those of plans, and of the licence that it is `about`."""
    limits = [offer for offer in offers.limits.values() if _belongs(offer, about)]
    licences = [each for each in offers.licences.values() if each.is_plan or each == about]
    return {
        "at": timezone.now().isoformat(),
        "plan": offers.own_plan.name if offers.own_plan else "",
        "users": offers.users,
        "limits": [_limit(offer.restriction) for offer in limits],
        "seats": [{"name": each.name, "in_use": each.in_use, "total": each.total} for each in licences],
    }


def _belongs(offer: LimitOffer, about: Restriction | Licence | None) -> bool:
    return offer.restriction == about if isinstance(about, Restriction) else offer.is_near


def _limit(restriction: Restriction) -> dict[str, Any]:
    row = row_of(restriction)
    return {
        "code": row.code,
        "name": row.name,
        "used": row.used,
        "limit": row.limit,
        "percent": row.percent,
        "state": str(row.state),
        NEAR: _written(restriction.near_since),
        REACHED: _written(restriction.reached_since),
    }


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def evidence_lines(evidence: Mapping[str, Any]) -> Iterator[Line]:
    """What was kept, as people read it."""
    for limit in evidence.get("limits", ()):
        reached = parse_datetime(limit[REACHED] or "")
        since = reached or parse_datetime(limit[NEAR] or "")
        said = _("%(used)d of %(limit)d (%(percent)d %%)") % limit
        yield Line(limit["name"], said, since, is_reached=reached is not None)
    if evidence.get("plan"):
        yield Line(_("Plan"), evidence["plan"])
    for seats in evidence.get("seats", ()):
        yield Line(_("Seats of %(name)s") % seats, _("%(in_use)d of %(total)d in use") % seats)
    if "users" in evidence:
        yield Line(_("Users"), str(evidence["users"]))
