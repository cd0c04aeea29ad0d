"""Loads the tariffs of catalogue/tariffs.toml: what is missing is published, what is published stays as it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from django.utils import timezone

from licences.catalogue.entries import Entry
from licences.catalogue.files import CatalogueError, DataFile
from licences.services.catalogue import OWNER, Changes
from metering.models import MeteredService, RatedBy, Tariff
from metering.money import digits_of
from metering.services.tariffs import NotAStep, TariffFault, differences, faults, first_to_publish, read_steps

FILE: Final = "tariffs.toml"
LOADED_BY: Final = "load_catalogue"

WRONG: Final = {
    TariffFault.NOT_THE_FIRST: "it must begin on the first of a month",
    TariffFault.ALLOWANCE_FALLS: "more users must never have less included, and steps must rise from 0 users on",
    TariffFault.DOES_NOT_FIT: "what counts ('rated_by') does not fit: of what is counted only the total, of what is "
    "measured peak, last or average",
    TariffFault.NO_BLOCK: "a block must be more than nothing",
    TariffFault.NEGATIVE_PRICE: "a price must not be negative",
}


@dataclass(frozen=True, kw_only=True)
class TariffEntry(Entry):
    """A version of a service's tariff in every currency. Decimals are written as strings, prices in whole units."""

    service: str
    valid_from: date
    rated_by: str
    block: str
    prices: Mapping[str, int | str]
    base: str = "0"
    per_user: str = "0"
    steps: tuple[str, ...] = ()
    is_demo: bool = False


def read_tariffs(folder: Path) -> tuple[TariffEntry, ...]:
    """The tariffs of the file, in its order; raises CatalogueError."""
    return DataFile(folder, folder / FILE, tables=("tariff",)).rows("tariff", TariffEntry)


def put_tariffs(entries: Sequence[TariffEntry], services: Iterable[MeteredService], changes: Changes) -> None:
    """Publish those that are missing, inside `loading`. Raises CatalogueError where one breaks a rule, is there twice,
    leaves a currency out, differs from what is published, or changes the price of a month that has begun."""
    by_code = {service.code: service for service in services}
    _check_currencies(entries)
    wanted: dict[tuple[int, str, date], Tariff] = {}
    for entry in entries:
        if entry.service not in by_code:
            raise CatalogueError(f"{entry.where}: there is no service {entry.service!r}")
        for currency in entry.prices:
            tariff = _tariff(entry, by_code[entry.service], currency)
            if _key(tariff) in wanted:
                raise CatalogueError(f"{entry.where}: {_called(tariff)} is there twice")
            wanted[_key(tariff)] = tariff
    published = {_key(tariff): tariff for tariff in Tariff.objects.using(OWNER)}
    for key in wanted.keys() & published.keys():
        _check_unchanged(published[key], wanted[key])
    new = [tariff for key, tariff in wanted.items() if key not in published]
    _check_months(new, published.values())
    Tariff.objects.using(OWNER).bulk_create(new)
    changes.added |= {f"tariff {_called(tariff)}" for tariff in new}


def _key(tariff: Tariff) -> tuple[int, str, date]:
    return tariff.service_id, tariff.currency, tariff.valid_from


def _called(tariff: Tariff) -> str:
    return f"{tariff.service.code} {tariff.currency} {tariff.valid_from}"


def _check_currencies(entries: Sequence[TariffEntry]) -> None:
    """A tenant's currency decides what it pays: one that is left out of a version would pay the old price for ever."""
    every = {currency for entry in entries for currency in entry.prices}
    for entry in entries:
        for currency in sorted(every - entry.prices.keys()):
            raise CatalogueError(f"{entry.where}: it has no price in {currency}")
        for currency in entry.prices:
            if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
                raise CatalogueError(f"{entry.where}: {currency!r} is no currency")


def _check_months(new: Iterable[Tariff], published: Iterable[Tariff]) -> None:
    """Only what cost nothing at all before may get a price for months that have begun."""
    first = first_to_publish(timezone.now())
    priced = {(tariff.service_id, tariff.currency) for tariff in published}
    for tariff in new:
        if tariff.valid_from < first.first and (tariff.service_id, tariff.currency) in priced:
            raise CatalogueError(
                f"{FILE}: {_called(tariff)} is of a month that has begun, and there was another price before. "
                f"The first month that has not begun is {first}"
            )


def _tariff(entry: TariffEntry, service: MeteredService, currency: str) -> Tariff:
    try:
        steps = read_steps(entry.steps)
    except NotAStep as error:
        raise CatalogueError(f"{entry.where}: {str(error)!r} is not “users: included”") from error
    if steps and (entry.base, entry.per_user) != ("0", "0"):
        raise CatalogueError(f"{entry.where}: it has steps, and base or per user as well")
    if entry.rated_by not in RatedBy.values:
        raise CatalogueError(f"{entry.where}: 'rated_by' must be one of {', '.join(RatedBy.values)}")
    tariff = Tariff(
        service=service,
        currency=currency,
        valid_from=entry.valid_from,
        rated_by=entry.rated_by,
        allowance_base=_decimal(entry, "base", entry.base),
        allowance_per_user=_decimal(entry, "per_user", entry.per_user),
        allowance_steps=steps,
        block_size=_decimal(entry, "block", entry.block),
        price_minor=_decimal(entry, "prices", str(entry.prices[currency])).scaleb(digits_of(currency)),
        is_demo=entry.is_demo,
        published_at=timezone.now(),
        published_by_name=LOADED_BY,
    )
    for fault in faults(tariff):
        raise CatalogueError(f"{entry.where}: {WRONG[fault]}")
    return tariff


def _decimal(entry: TariffEntry, key: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise CatalogueError(f"{entry.where}: {key!r} must be a decimal, not {text!r}")
    return number


def _check_unchanged(published: Tariff, wanted: Tariff) -> None:
    for name, old, new in differences(published, wanted):
        raise CatalogueError(
            f"{FILE}: {_called(wanted)} is published and cannot be changed: {name} is {old}, the file says {new}. "
            "Give what is new a later month"
        )
