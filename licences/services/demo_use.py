"""What the demo tenants' users did in the last 120 days: for development only, invented, the same for every day's run.

Most work on most working days, a few now and then at weekends. Some have not been seen for weeks, some never.
"""

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from django.utils import timezone

from licences.models import DayOfUse, Hold, Seat, Tenant, User
from licences.services.holds import set_hold

DAYS: Final = 120
IDLE_FOR: Final = (34, 47, 68, 96)
"""Days since the last use of every ninth user, in turns."""
EVERY_IDLE, EVERY_NEVER = 9, 15
OLDEST_SEATS: Final = 480
"""Days for which every second user has held a seat; the others came one after another, up to 130 days ago."""
HELD_FOR: Final = (52, 25, 190)
"""Days for which those who were never seen have held their seats, in turns."""
OPEN_REQUESTS: Final = "12 open requests"
SERVICE_PLAN: Final = "ten-service"


def give_use(tenant: Tenant) -> None:
    """Let the tenant's users have used the product, and one have open work. Where use is known already, nothing
    happens. Seats were given before the use that they were for: they were taken over when the console was set up."""
    if DayOfUse.objects.filter(tenant=tenant).exists():
        return
    chance = Random(tenant.serial_number)  # noqa: S311 - invented, not secret
    seats = list(Seat.objects.active().filter(tenant=tenant).select_related("user").order_by("user"))
    people = list(dict.fromkeys(seat.user for seat in seats))
    days: list[DayOfUse] = []
    held_since: dict[int, datetime] = {}
    for place, user in enumerate(people):
        used_on, held_for = _days_of(place, tenant.today, chance), _held_for(place)
        if used_on:
            days += [DayOfUse(tenant=tenant, user=user, used_on=day) for day in used_on]
            user.last_used_at = _moment(tenant, used_on[-1], chance)
        else:
            held_for = HELD_FOR[place // EVERY_NEVER % len(HELD_FOR)]
        user.date_joined = held_since[user.pk] = timezone.now() - timedelta(days=held_for)
    DayOfUse.objects.bulk_create(days, batch_size=2_000)
    User.objects.bulk_update(people, ["last_used_at", "date_joined"])
    for seat in seats:
        seat.assigned_at = held_since[seat.user_id]
    Seat.objects.bulk_update(seats, ["assigned_at"])
    _give_open_work(tenant)


def _held_for(place: int) -> int:
    """For how many days the user in this place of the list has held a seat: longer than there is use of."""
    return 130 + 13 * (place // 2 % 23) if place % 2 else OLDEST_SEATS


def _days_of(place: int, today: date, chance: Random) -> list[date]:
    """On which days the user in this place of the list used the product, the last one last; none for some."""
    if place % EVERY_NEVER == EVERY_NEVER - 1:
        return []
    is_idle = place % EVERY_IDLE == EVERY_IDLE - 1
    last = today - timedelta(days=IDLE_FOR[place // EVERY_IDLE % len(IDLE_FOR)] if is_idle else 0)
    likely = chance.uniform(0.6, 0.97)
    all_days = (today - timedelta(days=ago) for ago in range(DAYS, -1, -1))
    used = [day for day in all_days if day < last and chance.random() < (likely if day.weekday() < 5 else 0.04)]
    return [*used, last] if is_idle or chance.random() < likely else used


def _moment(tenant: Tenant, day: date, chance: Random) -> datetime:
    """Some time in the office on that day, and not after now."""
    at = datetime.combine(day, time(chance.randint(8, 16), chance.randint(0, 59)), tzinfo=tenant.zone)
    return min(at, timezone.now())


def _give_open_work(tenant: Tenant) -> None:
    """One holder of the plan for service has requests to answer, and keeps the plan as long as that is so."""
    holders = User.objects.of(tenant).filter(seats__licence__type__code=SERVICE_PLAN, seats__released_at__isnull=True)
    user = holders.order_by("-pk").first()
    if user is not None and not Hold.objects.filter(tenant=tenant).exists():
        set_hold(user, source="https://service.fjellvind.example", key="open-requests", reason=OPEN_REQUESTS)
