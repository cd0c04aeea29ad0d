"""Count the rows of a file as usage, or say what would become of them. Sources: design §8, §9; metering rules R2–R5.

The rows are taken in like the events of a back end: by the same statement, once each, in the caller's transaction.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Final, NamedTuple

from licences.models import Tenant
from metering.events import Reason
from metering.models import MeteredService
from metering.services.ingest import Outcome, Status, foretell, ingest
from metering.usage_rows import (
    OWN_SOURCE,
    Doubt,
    doubt_of_number,
    doubt_of_time,
    event_of,
    is_source,
    mark_of,
    source_of,
)

MOST_REFUSED: Final = 10_000
"""So many lines that would be refused are remembered while a file is checked."""


class UsageRow(NamedTuple):
    """A row of the file: its line, and its cells by field."""

    line: int
    cells: Mapping[str, str]


class Fault(NamedTuple):
    line: int
    reason: Reason | Doubt


@dataclass(slots=True)
class Counts:
    """How many rows came to what, why some were not counted, and the lines that were refused so far."""

    numbers: Counter[Status] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)


def import_usage(tenant: Tenant, rows: Sequence[UsageRow]) -> Counts:
    """Count the rows. They may be of this month and the two before: whoever brings a file has held something back."""
    return _counts(tenant, rows, dict(_outcomes(tenant, rows, ingest)))


def foretell_usage(
    tenant: Tenant, rows: Sequence[UsageRow], *, repeated: Mapping[int, int], refused: Sequence[int]
) -> Counts:
    """What `import_usage` would do after the rows before these; nothing is written.

    `repeated` says, by line, which line before has the same ID: as it is where that says the same, with a minus where
    it says something else. `refused` are the lines before that would be refused: they claim no ID.
    """
    outcomes = dict(_outcomes(tenant, rows, foretell))
    claims_none = {*refused, *(line for line, outcome in outcomes.items() if outcome.status == Status.REJECTED)}
    for line, first in repeated.items():
        if outcomes[line].status == Status.ACCEPTED and abs(first) not in claims_none:
            is_same = first > 0
            status = Status.DUPLICATE if is_same else Status.CONFLICT
            outcomes[line] = Outcome(outcomes[line].event_id, status, None if is_same else Reason.ID_REUSED)
    counts = _counts(tenant, rows, outcomes)
    counts.refused = [*refused, *counts.refused][:MOST_REFUSED]
    return counts


def _outcomes(tenant: Tenant, rows: Sequence[UsageRow], take: Any) -> Iterator[tuple[int, Outcome]]:
    """What becomes of each line, of whichever source."""
    services = MeteredService.objects.values_list("code", "name")
    codes = {called.casefold(): code for code, name in services for called in (code, name)}
    mark = _mark(rows)
    events = [event_of(row.cells, zone=tenant.zone, codes=codes, mark=mark) for row in rows]
    said = [source_of(row.cells) for row in rows]
    sources = [source if is_source(source) else OWN_SOURCE for source in said]
    outcomes = take(tenant, events, source=sources, may_backfill=True)
    return zip((row.line for row in rows), outcomes, strict=True)


def _mark(rows: Sequence[UsageRow]) -> str:
    """What divides decimals, as far as these rows tell: a batch is read by itself, in the check and in the run."""
    return mark_of(row.cells.get("quantity", "") for row in rows)


def _doubt(cells: Mapping[str, str], reason: Reason, *, zone: tzinfo, mark: str) -> Doubt | None:
    if reason == Reason.INVALID_QUANTITY:
        return doubt_of_number(cells.get("quantity", ""), mark)
    return doubt_of_time(cells.get("time", "").strip(), zone) if reason == Reason.INVALID_TIME else None


def _counts(tenant: Tenant, rows: Sequence[UsageRow], outcomes: Mapping[int, Outcome]) -> Counts:
    counts, mark = Counts(), _mark(rows)
    for row in rows:
        outcome = outcomes[row.line]
        counts.numbers[outcome.status] += 1
        if outcome.reason is not None:
            doubt = _doubt(row.cells, outcome.reason, zone=tenant.zone, mark=mark)
            counts.faults.append(Fault(row.line, doubt or outcome.reason))
        if outcome.status == Status.REJECTED:
            counts.refused.append(row.line)
    return counts
