"""A past for a limit: how much was in use on each of the last days."""

from collections.abc import Sequence
from datetime import timedelta

from licences.models import Restriction, RestrictionDay
from tests.factories import scope_of


def give_days(restriction: Restriction, values: Sequence[int]) -> None:
    """The last of them is today's."""
    today = restriction.tenant.today
    with scope_of(restriction):
        RestrictionDay.objects.bulk_create(
            RestrictionDay(
                tenant=restriction.tenant, restriction=restriction, day=today - timedelta(days=ago), used=used
            )
            for ago, used in enumerate(reversed(values))
        )
