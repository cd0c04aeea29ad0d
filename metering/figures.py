"""Quantities and amounts of money as a person reads them: with thousands apart, and no zeros that say nothing."""

from decimal import Decimal

from django.utils.formats import number_format

from metering.money import digits_of, major
from metering.rating import plain

NO_BREAK = "\u00a0"


def quantity_text(number: Decimal | int) -> str:
    """“12,500” or “0.25”."""
    return _written(Decimal(plain(Decimal(number))))


def money_text(minor: int, currency: str) -> str:
    """“EUR 1,250.00”, with as many decimals as the currency has."""
    return f"{currency}{NO_BREAK}{amount_text(minor, currency)}"


def amount_text(minor: int, currency: str) -> str:
    """The same where the currency stands elsewhere: “1,250.00”."""
    return _written(major(minor, currency), decimals=digits_of(currency))


def price_text(minor: Decimal, currency: str) -> str:
    """“EUR 2.50”; a price of less than a minor unit keeps the decimals that it needs: “EUR 0.0025”."""
    price = Decimal(plain(major(minor, currency)))
    exponent = price.as_tuple().exponent
    decimals = max(digits_of(currency), -exponent if isinstance(exponent, int) else 0)
    return f"{currency}{NO_BREAK}{_written(price, decimals=decimals)}"


def _written(number: Decimal, *, decimals: int | None = None) -> str:
    text = number_format(abs(number), decimal_pos=decimals, force_grouping=True)
    return f"−{text}" if number < 0 else text
