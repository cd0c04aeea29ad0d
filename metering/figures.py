"""Quantities and amounts of money as a person reads them: with thousands apart, and no zeros that say nothing."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.utils.formats import date_format, number_format

from metering.money import digits_of, major
from metering.periods import Month
from metering.rating import plain

NO_BREAK: Final = "\u00a0"


def quantity_text(number: Decimal | int) -> str:
    """“12,500” or “0.25”."""
    return _written(Decimal(number))


def roughly_text(number: Decimal) -> str:
    """As an error is told: two digits that mean something, below 1 a single one."""
    if not number:
        return quantity_text(0)
    last = number.adjusted() - (1 if abs(number) >= 1 else 0)
    return quantity_text(number.quantize(Decimal(1).scaleb(last), ROUND_HALF_UP))


def decimals_of(number: Decimal) -> int:
    """How many decimals it needs."""
    return len(plain(number).partition(".")[2])


def fixed_text(number: Decimal, decimals: int) -> str:
    """With so many decimals at least, to stand in line with others: “99.90”."""
    return _written(number, least=decimals)


def signed_text(number: Decimal | int) -> str:
    """A difference: “+12.5” or “−3”."""
    return f"+{quantity_text(number)}" if number > 0 else quantity_text(number)


def money_text(minor: Decimal | int, currency: str) -> str:
    """“EUR 1,250.00”. A price of less than a minor unit keeps the decimals that it needs: “EUR 0.0025”."""
    return f"{currency}{NO_BREAK}{amount_text(minor, currency)}"


def signed_money_text(minor: int, currency: str) -> str:
    """A difference: “EUR +12.50” or “EUR −3.00”."""
    sign = "+" if minor > 0 else ""
    return f"{currency}{NO_BREAK}{sign}{amount_text(minor, currency)}"


def amount_text(minor: Decimal | int, currency: str) -> str:
    """The same where the currency stands elsewhere."""
    return _written(major(minor, currency), least=digits_of(currency))


def month_text(month: Month) -> str:
    """“November 2026”."""
    return date_format(month.first, "F Y")


def _written(number: Decimal, *, least: int = 0) -> str:
    _whole, _point, behind = plain(number).partition(".")
    text = number_format(abs(number), decimal_pos=max(least, len(behind)), force_grouping=True)
    return f"−{text}" if number < 0 else text
