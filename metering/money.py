"""Amounts of money: whole minor units of a currency, and how they are written. Source: ISO 4217."""

from decimal import Decimal
from typing import Final

DIGITS: Final = {
    **dict.fromkeys(("BIF", "CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Of the currencies that have not two."""
USUAL_DIGITS: Final = 2


def digits_of(currency: str) -> int:
    """How many decimals the currency has."""
    return DIGITS.get(currency, USUAL_DIGITS)


def major(minor: Decimal | int, currency: str) -> Decimal:
    """An amount in whole units of the currency: 1250 minor units of EUR are 12.50."""
    return Decimal(minor).scaleb(-digits_of(currency))
