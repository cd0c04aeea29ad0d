"""Brings the promise of the support desk in line with its files, in versions: requests are held to the one they got.

Source: status and SLA facts §4.2, R19.
"""

from collections.abc import Iterable

from licences.catalogue.service_level import (
    CalendarEntry,
    DayEntry,
    PolicyEntry,
    ServiceLevel,
    TargetEntry,
    hours_of,
)
from licences.models import BusinessCalendar, CalendarDay, ServicePolicy, ServiceTarget
from licences.services.catalogue import OWNER, Changes, put_rows


def put_service_level(level: ServiceLevel, changes: Changes) -> None:
    """Write a checked promise inside `loading`. Other hours or days make a new version of their calendar, by which
    every policy with that calendar counts from then on; other targets make a new version of their policy."""
    calendars = {entry.code: _put_calendar(entry, level.days[entry.code], changes) for entry in level.calendars}
    for entry in level.policies:
        _put_policy(entry, level.targets_of(entry.code), calendars[entry.calendar], changes)
    for calendar in calendars.values():
        earlier = ServicePolicy.objects.using(OWNER).filter(calendar__code=calendar.code)
        earlier.exclude(calendar=calendar).update(calendar=calendar)


def calendar_row(entry: CalendarEntry) -> BusinessCalendar:
    """Unsaved, as a first version."""
    week = [_stored(text) for text in entry.week]
    return BusinessCalendar(code=entry.code, name=entry.name, time_zone=entry.time_zone, week=week)


def day_rows(calendar: BusinessCalendar, days: Iterable[DayEntry]) -> list[CalendarDay]:
    return [
        CalendarDay(calendar=calendar, day=day.on, name=day.name, intervals=_stored(day.open), source=day.library)
        for day in days
    ]


def policy_row(entry: PolicyEntry, calendar: BusinessCalendar) -> ServicePolicy:
    """Unsaved, as a first version."""
    return ServicePolicy(
        code=entry.code,
        name=entry.name,
        calendar=calendar,
        day_minutes=entry.day_minutes,
        valid_from_on=entry.valid_from_on,
        goal_percent=entry.goal_percent,
    )


def target_rows(policy: ServicePolicy, targets: Iterable[TargetEntry]) -> list[ServiceTarget]:
    return [
        ServiceTarget(policy=policy, urgency=row.urgency, metric=row.metric, unit=row.unit, amount=row.amount)
        for row in targets
    ]


def _stored(text: str) -> list[list[str]]:
    return [list(pair) for pair in hours_of(text)]


def _put_calendar(entry: CalendarEntry, days: tuple[DayEntry, ...], changes: Changes) -> BusinessCalendar:
    """Names are put right in place; what decides when it is open makes a version."""
    calendar = calendar_row(entry)
    latest = BusinessCalendar.objects.using(OWNER).filter(code=entry.code).order_by("-version").first()
    if latest is not None:
        before = latest.time_zone, latest.week, {day.day: day.intervals for day in latest.days.all()}
        after = calendar.time_zone, calendar.week, {day.on: _stored(day.open) for day in days}
        calendar.version = latest.version + (before != after)
    _put(calendar, changes)
    if days:
        put_rows(day_rows(calendar, days), key=("calendar_id", "day"), changes=changes, among={"calendar": calendar})
    return calendar


def _put_policy(
    entry: PolicyEntry, targets: tuple[TargetEntry, ...], calendar: BusinessCalendar, changes: Changes
) -> None:
    """Its name and calendar are put right in place; what it promises makes a version."""
    policy = policy_row(entry, calendar)
    latest = ServicePolicy.objects.using(OWNER).filter(code=entry.code).order_by("-version").first()
    if latest is not None:
        promised = {(row.urgency, row.metric): (row.unit, row.amount) for row in latest.targets.all()}
        before = latest.day_minutes, latest.valid_from_on, latest.goal_percent, promised
        promises = {(row.urgency, row.metric): (row.unit, row.amount) for row in targets}
        after = policy.day_minutes, policy.valid_from_on, policy.goal_percent, promises
        policy.version = latest.version + (before != after)
    _put(policy, changes)
    key = ("policy_id", "urgency", "metric")
    put_rows(target_rows(policy, targets), key=key, changes=changes, among={"policy": policy})


def _put(row: BusinessCalendar | ServicePolicy, changes: Changes) -> None:
    """The version is new, or the latest one; earlier ones are let alone."""
    put_rows([row], key=("code", "version"), changes=changes, among={"code": row.code, "version": row.version})
