"""What the demo tenants have asked for, in every state: for development only, invented, the same in every run.

Times are counted back from now in hours in which the support desk is open, so that on whatever day the demo is loaded
one request is near its deadline, and one is past it.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.utils import timezone

from licences.models import (
    AddOn,
    CustomerRequest,
    DeadlineFact,
    Licence,
    RequestEvent,
    RequestFile,
    Restriction,
    ServiceClock,
    SuitePlan,
    SupportContact,
    SupportTime,
    Tenant,
    User,
)
from licences.service_hours import Calendar, add, elapsed, urgency
from licences.services.service_clocks import calendar_of, is_near, policy_for, start_clocks
from licences.services.support_time import write_budget

type Story = Mapping[str, Any]
"""One request of the file."""

Kind, State = RequestEvent.Kind, CustomerRequest.State

REQUESTS: Final[Sequence[Story]] = tomllib.loads((Path(__file__).parent / "demo_requests.toml").read_text())["request"]
OF_SUPPORT: Final = {Kind.TAKEN, Kind.ANSWERED, Kind.ASKED, Kind.APPROVED, Kind.DECLINED, Kind.FULFILLED}
LEADS_TO: Final[Mapping[str, CustomerRequest.State]] = {
    Kind.TAKEN: State.IN_PROGRESS,
    Kind.ANSWERED: State.IN_PROGRESS,
    Kind.ASKED: State.WAITING,
    Kind.REPLIED: State.IN_PROGRESS,
    Kind.APPROVED: State.APPROVED,
    Kind.DECLINED: State.DECLINED,
    Kind.FULFILLED: State.FULFILLED,
    Kind.WITHDRAWN: State.WITHDRAWN,
}


def give_requests(tenant: Tenant, *, support: User) -> None:
    """Let the tenant have asked, and `support` have answered. Where something was asked already, nothing happens."""
    stories = [story for story in REQUESTS if tenant.serial_number == f"{1_000_000_000 + story['tenant']}"]
    if CustomerRequest.objects.filter(tenant=tenant).exists():
        return
    users = list(User.objects.of(tenant).order_by("pk"))
    calendar = calendar_of(policy_for(timezone.now()).calendar)
    for place, user in enumerate((users[0], users[3]), start=1):
        SupportContact.objects.get_or_create(tenant=tenant, place=place, defaults={"user": user})
    for story in sorted(stories, key=lambda story: -story["ago"]):
        _tell(story, tenant, users, support=support, calendar=calendar)
    _note_deadlines(tenant)
    write_budget(tenant, month=tenant.today)


def _tell(story: Story, tenant: Tenant, users: Sequence[User], *, support: User, calendar: Calendar) -> None:
    administrator, contact = users[0], users[story["from"]]
    sent_at = hours_ago(calendar, timezone.now(), story["ago"])
    asked = CustomerRequest.objects.create(
        tenant=tenant,
        kind=CustomerRequest.Kind.UPGRADE if "wants" in story else CustomerRequest.Kind.SUPPORT,
        title=story["title"],
        description=story["text"],
        facts=story.get("facts", {}),
        contact_name=contact.full_name,
        contact_email=contact.email,
        affected_users=min(story["affected"], len(users)),
        all_users=len(users),
        urgency=urgency(min(story["affected"], len(users)), len(users)),
        is_security=story.get("security", False),
        state_since=sent_at,
        submitted_at=sent_at,
        submitted_by=administrator,
        **_wish(story, tenant),
    )
    sent = _event(asked, Kind.SUBMITTED, sent_at, by=administrator, text=story["text"])
    if "file" in story:
        content = story["file"]["content"].encode()
        RequestFile.objects.create(
            tenant=tenant,
            request=asked,
            event=sent,
            name=story["file"]["name"],
            content=content,
            size_bytes=len(content),
            at=sent_at,
        )
    for happened in story.get("events", []):
        at = add(calendar, sent_at, timedelta(hours=happened["at"]))
        by = support if happened["kind"] in OF_SUPPORT else administrator
        _happen(asked, happened, min(at, timezone.now()), by=by)
    fields = ["state", "state_since", "closed_at", "taken_by_name", "granted"]
    asked.save(update_fields=fields)
    start_clocks(asked)


def _wish(story: Story, tenant: Tenant) -> dict[str, Any]:
    wish: dict[str, Any] = {"wants": story.get("wants", ""), "quantity": story.get("quantity")}
    if "restriction" in story:
        wish["restriction"] = Restriction.objects.get(tenant=tenant, type__code=story["restriction"])
    if "licence" in story:
        licences = Licence.objects.in_force().filter(tenant=tenant)
        wish["licence"] = licences.filter(type__code=story["licence"]).first()
    if "plan" in story:
        wish["suite_plan"] = SuitePlan.objects.get(code=story["plan"])
    if "add_on" in story:
        wish["add_on"] = AddOn.objects.get(code=story["add_on"])
    return wish


def _happen(asked: CustomerRequest, happened: Story, at: datetime, *, by: User) -> None:
    """One more event, and what it makes of the request; that is saved by whoever tells the story."""
    asked.granted = happened.get("granted", asked.granted)
    _event(asked, Kind(happened["kind"]), at, by=by, text=happened.get("text", ""), data=happened.get("granted", {}))
    becomes = LEADS_TO[happened["kind"]]
    if becomes != asked.state:
        asked.state, asked.state_since = becomes, at
        asked.closed_at = None if asked.is_open else at
    if by.is_support:
        asked.taken_by_name = by.login_id
    if "minutes" in happened:
        SupportTime.objects.create(
            tenant=asked.tenant, request=asked, minutes=happened["minutes"], at=at, by_name=by.full_name
        )


def _event(asked: CustomerRequest, kind: RequestEvent.Kind, at: datetime, *, by: User, **said: Any) -> RequestEvent:
    return RequestEvent.objects.create(
        tenant=asked.tenant,
        request=asked,
        kind=kind,
        at=at,
        by=None if by.is_support else by,
        by_name=by.full_name,
        is_of_support=by.is_support,
        **said,
    )


def hours_ago(calendar: Calendar, now: datetime, hours: float) -> datetime:
    """The moment since which the desk has been open for so many hours."""
    span, start = timedelta(hours=hours), now
    while (passed := elapsed(calendar, start, now)) < span:
        start -= timedelta(days=1)
    return add(calendar, start, passed - span)


def _note_deadlines(tenant: Tenant) -> None:
    """As the sweep does it every minute."""
    DeadlineFact.objects.bulk_create(_facts(tenant, timezone.now()), ignore_conflicts=True)


def _facts(tenant: Tenant, now: datetime) -> Iterator[DeadlineFact]:
    for clock in ServiceClock.objects.filter(tenant=tenant, stopped_at__isnull=True, due_at__isnull=False):
        due_at = clock.due_at or now
        if due_at <= now:
            yield DeadlineFact(tenant=tenant, clock=clock, kind=DeadlineFact.Kind.BREACHED, due_at=due_at, at=due_at)
        elif is_near(clock, now):
            yield DeadlineFact(tenant=tenant, clock=clock, kind=DeadlineFact.Kind.NEAR, due_at=due_at, at=now)
