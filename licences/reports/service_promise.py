"""What the support desk promises whoever asks now: whether somebody is there, and until when a first answer comes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from licences.models import CustomerRequest, Metric, ServiceTarget
from licences.service_hours import add
from licences.services.service_clocks import NoPolicy, calendar_of, minutes_of, policy_for

Urgency = CustomerRequest.Urgency
Unit = ServiceTarget.Unit

SHARES: Final = {
    Urgency.HIGH: _("more than 80 % of users affected"),
    Urgency.MIDDLE: _("10 to 80 %"),
    Urgency.LOW: _("fewer than 10 %"),
}


@dataclass(frozen=True, slots=True)
class Promise:
    """`changes_at` is when the desk closes while it is open, else when it opens. `answers` are by urgency."""

    zone: ZoneInfo
    is_open: bool
    changes_at: datetime | None
    answers: Mapping[Urgency, datetime] = field(default_factory=dict)

    @property
    def is_told_twice(self) -> bool:
        """Whether clocks at the desk and where the reader is show different times."""
        now = timezone.now()
        return timezone.localtime(now).utcoffset() != now.astimezone(self.zone).utcoffset()

    @property
    def rows(self) -> list[tuple[str, str, datetime]]:
        return [(str(urgency.label), str(SHARES[urgency]), at) for urgency, at in self.answers.items()]


def promise_now(*, with_answers: bool = True) -> Promise | None:
    """None while nothing is promised at all: `load_catalogue` has not been run."""
    now = timezone.now()
    try:
        policy = policy_for(now)
    except NoPolicy:
        return None
    calendar = calendar_of(policy.calendar)
    opens, closes = next(calendar.spans(now), (None, None))
    is_open = opens == now
    promised = policy.targets.filter(metric=Metric.RESPONSE) if with_answers else ()
    targets = {Urgency(each.urgency): each for each in promised}
    answers = {
        urgency: add(
            calendar.around_the_clock() if targets[urgency].unit == Unit.BUSINESS_DAY_HOURS else calendar,
            now,
            timedelta(minutes=minutes_of(targets[urgency], policy)),
        )
        for urgency in Urgency
        if urgency in targets
    }
    return Promise(policy.calendar.zone, is_open, closes if is_open else opens, answers)
