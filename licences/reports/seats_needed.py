"""How many seats would do: on how many days how many of a licence's holders used the product. Source: issue 3.7."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db import connection
from django.utils.translation import gettext as _

from config.csv_export import Cell
from licences.models import Licence, Tenant
from licences.reports.user_licences import UserLicences

WINDOW: Final = timedelta(days=90)
FEWEST_DAYS: Final = 14
"""With fewer days on which use was reported, nothing is said."""
ENOUGH_PERCENT: Final = 98
"""The number that would have done on this share of the days is the one that is read out."""

DAYS_BY_USERS = """
WITH seat AS (
    SELECT licence_id, user_id, (assigned_at AT TIME ZONE %(zone)s)::date AS first_on,
        coalesce((released_at AT TIME ZONE %(zone)s)::date, 'infinity') AS last_on
    FROM licences_seat WHERE tenant_id = %(tenant)s AND licence_id = ANY(%(licences)s)
), held AS (
    SELECT licence_id, user_id, last_on, greatest(first_on, 1 + lag(last_on) OVER (
        PARTITION BY licence_id, user_id ORDER BY first_on, last_on)) AS first_on
    FROM seat
), users_by_day AS (
    SELECT licence_id, used_on, count(*) AS users
    FROM licences_dayofuse used
    JOIN held ON held.user_id = used.user_id AND used_on BETWEEN held.first_on AND held.last_on
    WHERE used.tenant_id = %(tenant)s AND used_on BETWEEN %(first)s AND %(last)s
    GROUP BY licence_id, used_on
), counted AS (
    SELECT licence_id, greatest(min(first_on), %(first)s) AS first_on FROM held GROUP BY licence_id
)
SELECT counted.licence_id, %(last)s - counted.first_on + 1, users, count(used_on)
FROM counted LEFT JOIN users_by_day USING (licence_id)
GROUP BY counted.licence_id, counted.first_on, users ORDER BY users
"""
"""Per licence: the days that are looked at, and on how many of them how many of its holders used the product. Who gave
a seat back and got one again on the same day holds it from the next day on, and so counts once for each day."""

REPORTED = """
SELECT count(*), min(day)::date FROM generate_series(%s::date, %s::date, '1 day') day
WHERE EXISTS (SELECT FROM licences_dayofuse WHERE tenant_id = %s AND used_on = day::date)
"""


@dataclass(frozen=True, slots=True)
class Step:
    """On `days` days exactly `users` holders used the product; on `would_do` percent of all days no more than that.
    Percentages are whole and rounded down."""

    users: int
    days: int
    percent: int
    would_do: int


@dataclass(frozen=True, slots=True)
class SeatsNeeded:
    """A licence over `days` days, from the fewest users to the most; without steps there are too few days to tell."""

    key: str
    licence: Licence
    days: int
    steps: list[Step]

    @property
    def enough(self) -> Step | None:
        """The fewest seats that would have done on nearly all days."""
        return next((step for step in self.steps if step.would_do >= ENOUGH_PERCENT), None)

    @property
    def most_days(self) -> int:
        """The height of the highest bar of a chart."""
        return max((step.days for step in self.steps), default=0)


def seats_needed(tenant: Tenant, licences: UserLicences) -> list[SeatsNeeded]:
    """Of each of the licences, over the last 90 full days of the tenant's calendar: from the first day on which any use
    was reported, and the first on which anybody held the licence.

    Whoever held a seat at any time of a day counts for that day, so a seat that changed hands on it may count twice:
    rather a seat too many than one too few. Two queries, counted by PostgreSQL.
    """
    last = tenant.today - timedelta(days=1)
    first = last - WINDOW + timedelta(days=1)
    reported, first_report = _reported(tenant, first, last)
    if reported < FEWEST_DAYS or first_report is None:
        return [SeatsNeeded(key, licence, 0, []) for key, licence in licences.items()]
    counted = _days_by_users(tenant, licences.values(), first_report, last)
    return [_needed(key, licence, *counted.get(licence.pk, (0, {}))) for key, licence in licences.items()]


def _reported(tenant: Tenant, first: date, last: date) -> tuple[int, date | None]:
    """On how many days use was reported, and on which first."""
    with connection.cursor() as cursor:
        cursor.execute(REPORTED, [first, last, tenant.pk])
        found: tuple[int, date | None] = cursor.fetchone()
    return found


def _days_by_users(
    tenant: Tenant, licences: Iterable[Licence], first: date, last: date
) -> dict[int, tuple[int, dict[int, int]]]:
    """By the id of the licence: how many days there are, and on how many of them so many used the product."""
    found: dict[int, tuple[int, dict[int, int]]] = {}
    asked: dict[str, str | int | date | list[int]] = {
        "zone": tenant.time_zone,
        "tenant": tenant.pk,
        "licences": [licence.pk for licence in licences],
        "first": first,
        "last": last,
    }
    with connection.cursor() as cursor:
        cursor.execute(DAYS_BY_USERS, asked)
        for licence_id, days, users, on_days in cursor.fetchall():
            by_users = found.setdefault(licence_id, (days, {}))[1]
            if users is not None:
                by_users[users] = on_days
    return found


def _needed(key: str, licence: Licence, days: int, by_users: dict[int, int]) -> SeatsNeeded:
    if days < FEWEST_DAYS:
        return SeatsNeeded(key, licence, max(days, 0), [])
    by_users = {0: days - sum(by_users.values())} | by_users
    steps, reached = [], 0
    for users, on_days in sorted(by_users.items()):
        reached += on_days
        if on_days:
            steps.append(Step(users, on_days, 100 * on_days // days, 100 * reached // days))
    return SeatsNeeded(key, licence, days, steps)


def header() -> list[str]:
    """What the columns of `table` are called."""
    return [
        _("Licence"),
        _("Total"),
        _("Users on a day"),
        _("Days"),
        _("Share of days (%)"),
        _("So many would have done on (%)"),
    ]


def table(tenant: Tenant, licences: UserLicences) -> Iterator[list[Cell]]:
    """Every step of every licence that there is something to say of."""
    for needed in seats_needed(tenant, licences):
        total = None if needed.licence.unrestricted else needed.licence.total
        for step in needed.steps:
            yield [needed.licence.name, total, step.users, step.days, step.percent, step.would_do]
