"""Publish tariffs. One that is published is never changed: what costs something else from a later month on is another.

Sources: design §8, metering rules R21, R23.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from licences.models import User
from metering.models import MeteredService, RatedBy, Tariff
from metering.periods import Month

FITS: Final = {
    MeteredService.Kind.SUM: (RatedBy.TOTAL,),
    MeteredService.Kind.GAUGE: (RatedBy.PEAK, RatedBy.LAST, RatedBy.AVERAGE),
}
"""Which number of a month may be held against the allowance: what is counted adds up, what is measured does not."""

FIRST_CLOCK: Final = timedelta(hours=15)
"""Where a month begins first it is 14 hours ahead of UTC; events may be a few minutes ahead of that."""

SAID: Final = (
    "rated_by",
    "allowance_base",
    "allowance_per_user",
    "allowance_steps",
    "block_size",
    "price_minor",
    "is_demo",
)
"""What a published tariff says, and may never say otherwise."""

STEP: Final = re.compile(r"\s*(\d{1,7})\s*:\s*(\d{1,13}(?:\.\d{1,6})?)\s*", re.ASCII)


class TariffFault(StrEnum):
    """What is wrong with a tariff."""

    NOT_THE_FIRST = "not-the-first"
    ALLOWANCE_FALLS = "allowance-falls"
    DOES_NOT_FIT = "does-not-fit"
    NO_BLOCK = "no-block"
    NEGATIVE_PRICE = "negative-price"


class TariffRefused(Exception):
    """The tariff would break a rule."""

    def __init__(self, fault: TariffFault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class HasBegun(Exception):
    """The month has begun somewhere, or is over: who uses the service then knows another price."""


class AlreadyPublished(Exception):
    """There is a tariff of this service, currency and month."""


class NotAStep(Exception):
    """A line that is not “users: included”."""


def read_steps(lines: Sequence[str]) -> list[list[int | str]]:
    """Steps as a tariff keeps them, of lines like “25: 12500”. Raises NotAStep with the line."""
    steps: list[list[int | str]] = []
    for line in lines:
        match = STEP.fullmatch(line)
        if match is None:
            raise NotAStep(line)
        steps.append([int(match[1]), match[2]])
    return steps


def faults(tariff: Tariff) -> Iterator[TariffFault]:
    """Every rule that the tariff would break."""
    if tariff.valid_from.day != 1:
        yield TariffFault.NOT_THE_FIRST
    if not tariff.terms.never_falls():
        yield TariffFault.ALLOWANCE_FALLS
    if tariff.rated_by not in FITS[MeteredService.Kind(tariff.service.kind)]:
        yield TariffFault.DOES_NOT_FIT
    if tariff.block_size <= 0:
        yield TariffFault.NO_BLOCK
    if tariff.price_minor < 0:
        yield TariffFault.NEGATIVE_PRICE


def first_to_publish(now: datetime) -> Month:
    """The first month that has begun nowhere."""
    return Month.of((now + FIRST_CLOCK).date()).plus(1)


def publish_tariff(tariff: Tariff, *, by: User) -> Tariff:
    """From its month on the service costs this. Raises TariffRefused, HasBegun and AlreadyPublished."""
    for fault in faults(tariff):
        raise TariffRefused(fault)
    now = timezone.now()
    if tariff.valid_from < first_to_publish(now).first:
        raise HasBegun
    tariff.published_at, tariff.published_by_name = now, by.login_id
    try:
        with transaction.atomic():
            Tariff.objects.bulk_create([tariff])
    except IntegrityError as error:
        raise AlreadyPublished from error
    return tariff


def differences(published: Tariff, wanted: Tariff) -> list[tuple[str, object, object]]:
    """Where a published tariff says something else than the wanted one: what, what it says, what it should."""
    pairs = ((name, _said(published, name), _said(wanted, name)) for name in SAID)
    return [(name, old, new) for name, old, new in pairs if old != new]


def _said(tariff: Tariff, name: str) -> object:
    value = getattr(tariff, name)
    if name == "allowance_steps":
        return [[int(users), Decimal(included)] for users, included in value]
    return value
