"""Months in addresses of the API: “2026-11”."""

from typing import Final

from django.http import Http404

from metering.periods import WRITTEN, Month

MONTH: Final = f"^{WRITTEN}$"


def month_of(text: str) -> Month:
    """The month that a text of this pattern names. Raises Http404 for any other."""
    month = Month.parse(text)
    if month is None:
        raise Http404
    return month
