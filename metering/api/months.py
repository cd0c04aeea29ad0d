"""Months in addresses of the API: “2026-11”."""

from typing import Final

from django.http import Http404

from metering.periods import Month

MONTH: Final = r"^(19[7-9][0-9]|[2-8][0-9]{3})-(0[1-9]|1[0-2])$"
"""Of years that a calendar here has."""


def month_of(text: str) -> Month:
    """The month that a text of this pattern names. Raises Http404 for any other."""
    month = Month.parse(text)
    if month is None:
        raise Http404
    return month
