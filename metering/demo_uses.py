"""What the metered demo tenant might have used: for development only, invented, the same for every day's run. Pure.

A service's month is spread over its days and hours by weight: work is done on working days, in office hours; mailings
go out as campaigns, in batches; storage is measured thrice a day and grows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from metering.periods import Month

MAILINGS, STORAGE = "mailing-emails", "storage-used"
LOGINS, CHATS, FORMS = "customer-centre-logins", "chat-sessions", "form-submissions"

SOURCES: Final = {
    STORAGE: "https://crm.fjellvind.example",
    MAILINGS: "https://mailings.fjellvind.example",
    LOGINS: "https://service.fjellvind.example",
    CHATS: "https://chat.fjellvind.example",
    FORMS: "https://service.fjellvind.example",
}
SHARES: Final = {
    STORAGE: (52, 54, 57, 60, 62, 65, 69, 72, 75, 79, 82, 86, 89),
    MAILINGS: (64, 71, 58, 77, 93, 81, 69, 47, 76, 108, 118, 97, 142),
    LOGINS: (41, 44, 43, 47, 52, 50, 46, 33, 51, 58, 61, 60, 64),
    CHATS: (35, 38, 44, 41, 49, 56, 52, 30, 61, 103, 74, 63, 58),
    FORMS: (48, 52, 47, 61, 58, 64, 55, 38, 66, 70, 73, 69, 72),
}
"""How many percent of the allowance are used, a year ago first, this month last."""
PAST: Final = len(SHARES[MAILINGS]) - 1

OFFICE: Final = range(8, 17)
EVENING: Final = range(7, 23)
MEASURED_AT: Final = (2, 10, 18)
MAILING_BATCH: Final = 2_500
NEWSLETTER, NEWSLETTER_NOW = 50, 74
"""Percent of a month's e-mails that go out with the newsletter to everybody; this month it alone is too much."""
CAMPAIGNS: Final = (20, 14, 9, 7)
"""Of what is left after the newsletter, how the other mailings compare."""


@dataclass(frozen=True, slots=True)
class Use:
    """So much of a service was used, as a back end reports it."""

    service: str
    time: datetime
    event_id: str
    subject: str
    quantity: Decimal


def uses(service: str, month: Month, *, zone: ZoneInfo, allowance: Decimal, ago: int, now: datetime) -> list[Use]:
    """A service's month so many months ago, in order of time, as far as it has happened by now."""
    chance = Random(f"{service} {month}")  # noqa: S311 - invented, not secret
    target = allowance * SHARES[service][PAST - ago] / 100
    if service == STORAGE:
        found = _measured(month, zone, target, chance)
    elif service == MAILINGS:
        found = _mailed(month, zone, target, chance, now=now if ago == 0 else None)
    else:
        found = _spread(service, month, zone, target, chance)
    return sorted((use for use in found if use.time <= now), key=lambda use: (use.time, use.event_id))


def _measured(month: Month, zone: ZoneInfo, target: Decimal, chance: Random) -> Iterator[Use]:
    """Growing by 3 % over the month, with a little more and less in between."""
    moments = [datetime.combine(day, time(hour), tzinfo=zone) for day in month.days for hour in MEASURED_AT]
    for place, at in enumerate(moments):
        share = 0.985 + 0.03 * place / len(moments) + chance.uniform(-0.003, 0.003)
        size = (target * Decimal(share)).quantize(Decimal("0.01"))
        yield Use(STORAGE, at, f"size-{at:%Y%m%d-%H}", "database", size)


def _spread(service: str, month: Month, zone: ZoneInfo, target: Decimal, chance: Random) -> Iterator[Use]:
    """Hour by hour; a fifth of a working day at weekends."""
    hours = EVENING if service == FORMS else OFFICE
    slots = [(day, hour) for day in month.days for hour in hours]
    weights = [chance.uniform(0.3, 1.7) * (1 if day.weekday() < 5 else 0.2) for day, _ in slots]
    for (day, hour), quantity in zip(slots, _shared(target, weights), strict=True):
        at = datetime.combine(day, time(hour, 59, 59), tzinfo=zone)
        if quantity:
            yield Use(service, at, f"{service}-{at:%Y%m%d-%H}", "", Decimal(quantity))


def _mailed(month: Month, zone: ZoneInfo, target: Decimal, chance: Random, *, now: datetime | None) -> Iterator[Use]:
    """The newsletter near the month's beginning, smaller campaigns later; each in batches, minutes apart."""
    working = [day for day in month.days if day.weekday() < 5]
    to_everybody = NEWSLETTER if now is None else NEWSLETTER_NOW
    sizes = [to_everybody, *(part * (100 - to_everybody) / sum(CAMPAIGNS) for part in CAMPAIGNS)]
    places = [1, *sorted(chance.sample(range(4, len(working)), len(CAMPAIGNS)))]
    for number, (size, place) in enumerate(zip(_shared(target, sizes), places, strict=True), start=1):
        at = datetime.combine(working[place], time(chance.randint(8, 14), chance.randint(0, 59)), tzinfo=zone)
        if number == 1 and now is not None and now < at:
            at = month.start(zone) + timedelta(minutes=10)
        yield from _batches(f"{month.first:%y%m}{number}", size, at)


def _batches(mailing: str, size: int, at: datetime) -> Iterator[Use]:
    for number, sent in enumerate(range(0, size, MAILING_BATCH), start=1):
        quantity = Decimal(min(MAILING_BATCH, size - sent))
        moment = at + timedelta(seconds=45 * number)
        yield Use(MAILINGS, moment, f"mailing-{mailing}-{number}", f"mailing/{mailing}", quantity)


def _shared(target: Decimal, weights: Sequence[float]) -> list[int]:
    """The whole number of units, shared out by weight; nothing of it is lost by rounding."""
    whole, total = sum(weights), int(target)
    ends, reached = [], 0.0
    for weight in weights:
        reached += weight
        ends.append(round(total * reached / whole))
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]


def late_use(service: str, month: Month, *, zone: ZoneInfo, quantity: Decimal) -> Use:
    """What a back end held back: something of the month's last days that comes after the invoice."""
    day: date = month.last - timedelta(days=1)
    at = datetime.combine(day, time(15, 20), tzinfo=zone)
    return Use(service, at, f"held-back-{day:%Y%m%d}", "queue of a mail server that was away", quantity)
