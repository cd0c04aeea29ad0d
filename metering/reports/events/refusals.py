"""An event that was not counted, as a person reads it: what it said is kept as it came, which may be anything."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from metering.figures import quantity_text
from metering.models import UncountedEvent
from metering.reports.events.reasons import words_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NUMBER: Final = re.compile(r"\d{1,13}(\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Refusal:
    """`service` and `unit` are the names of what it was of; empty where no service has the code that it said."""

    row: UncountedEvent
    service: str
    unit: str

    @property
    def why(self) -> "StrOrPromise":
        return words_of(self.row.reason)

    @property
    def time(self) -> datetime | None:
        """What it said as its time, by the tenant's clock; None where that is no moment."""
        try:
            moment = datetime.fromisoformat(self.row.time)
            return moment.astimezone(timezone.get_current_timezone()) if moment.tzinfo else None
        except (ValueError, OverflowError):
            return None

    @property
    def number(self) -> Decimal | None:
        """What it said as its quantity; None where that is not plainly a number."""
        return Decimal(self.row.quantity) if NUMBER.fullmatch(self.row.quantity) else None

    @property
    def quantity(self) -> str:
        """The same as a person reads it, with the unit where that is known; or as it came."""
        if self.number is None:
            return self.row.quantity
        return f"{quantity_text(self.number)} {self.unit}".strip()
