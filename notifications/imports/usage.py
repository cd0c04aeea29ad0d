"""Usage of metered services: the fields that a file may fill, and which words head their columns.

Headings are known in English, Danish, German, Dutch, Norwegian and Swedish: the languages of domain facts §8. What the
rules are stands in metering/services/usage_import.py.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from licences.models import Tenant, User
from metering.events import Reason
from metering.services.ingest import Status
from metering.services.usage_import import Counts, UsageRow, foretell_usage, import_usage
from metering.usage_rows import Doubt, number_of, source_of, time_of
from notifications.imports.kinds import Batch, Fault, Field, ImportKind, Outcome, Result, Row, Words

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ID = Field(
    "id",
    _("ID"),
    _("Names the event for ever: a row with an ID that was counted before is not counted again."),
    required=True,
    synonyms=(
        *("id", "event id", "event-id", "event", "hendelses-id", "hendelse", "hændelses-id", "hændelse"),
        *("ereignis-id", "ereignis", "gebeurtenis-id", "gebeurtenis", "händelse-id", "händelse"),
    ),
)
SERVICE = Field(
    "service",
    _("Service"),
    _("The name or the code of a metered service."),
    required=True,
    synonyms=(
        *("service", "type", "metered service", "tjeneste", "tjenestetype", "tjenestekode", "tjänst", "tjänstekod"),
        *("dienst", "dienstcode", "ydelse"),
    ),
)
TIME = Field(
    "time",
    _("Time"),
    _("When it was: 2026-11-26 14:30, or 26.11.2026 14:30, by your company's clock; or with an offset."),
    synonyms=(
        *("time", "timestamp", "date", "date and time", "tid", "tidspunkt", "tidsstempel", "dato", "dato og tid"),
        *("zeit", "zeitpunkt", "zeitstempel", "datum", "datum und zeit", "tijd", "tijdstip", "datum en tijd"),
        *("tidpunkt", "tidsstämpel", "datum och tid"),
    ),
)
QUANTITY = Field(
    "quantity",
    _("Quantity"),
    _("How much was used: 120, 12.5 or 12,5. Without a separator of thousands."),
    required=True,
    synonyms=(
        *("quantity", "amount", "number", "count", "units", "antall", "mengde", "antal", "mængde", "kvantitet"),
        *("menge", "anzahl", "hoeveelheid", "aantal", "mängd"),
    ),
)
SOURCE = Field(
    "source",
    _("Source"),
    _("The back end that the event is of. Leave it out for events that no back end sends."),
    synonyms=("source", "kilde", "källa", "quelle", "bron"),
)
SUBJECT = Field(
    "subject",
    _("Subject"),
    _("What it was about, such as a mailing."),
    synonyms=("subject", "about", "emne", "gjelder", "vedrører", "betreff", "onderwerp", "ämne", "gäller"),
)

WORDS = Words(
    title=_("Import usage"),
    purpose=_("Count what a back end could not report itself. What was counted before is not counted twice."),
    one_row=_("One row for each event, with headings in the first line."),
    section="metering",
    home="metering:dashboard",
    target=_("Metered services"),
    icon="gauge",
    before_the_run=_("What is counted stays counted: look through it first."),
    stopped=_("What was counted before stays. Go on with the next row."),
)
RESULTS = (
    Result(
        "accepted",
        (_("Will be counted"), _("Counted")),
        (_("%(shown)s to count"), _("%(shown)s counted")),
        is_change=True,
    ),
    Result(
        "duplicate",
        (_("Counted before"), _("Counted before")),
        (_("%(shown)s counted before"), _("%(shown)s counted before")),
    ),
    Result(
        "conflict",
        (_("ID taken by another"), _("ID taken by another")),
        (_("%(shown)s with a taken ID"), _("%(shown)s with a taken ID")),
        is_fault=True,
    ),
    Result(
        "rejected",
        (_("Will be refused"), _("Refused")),
        (_("%(shown)s to refuse"), _("%(shown)s refused")),
        is_fault=True,
    ),
)

REASONS: "Final[Mapping[Reason | Doubt, StrOrPromise]]" = {
    Doubt.TWO_NUMBERS: _("The quantity may be thousands or have three decimals. Write 1250, or 1.25."),
    Doubt.TWICE: _("The clock was put back and showed this time twice. Add the offset, such as +02:00."),
    Doubt.NEVER: _("The clock was put forward and never showed this time. Correct it, or add the offset."),
    Reason.INVALID_ID: _("It needs an ID of at most 200 characters."),
    Reason.WRONG_SOURCE: _("The source is longer than 200 characters, or has some that cannot be shown."),
    Reason.UNKNOWN_SERVICE: _("There is no metered service of this name or code."),
    Reason.NOT_METERED: _("Nothing is metered on your subscription."),
    Reason.INVALID_TIME: _("The time cannot be read. Write it like 2026-11-26 14:30."),
    Reason.TIME_MISSING: _("It needs the time when it was."),
    Reason.INVALID_SUBJECT: _("The subject is longer than 200 characters."),
    Reason.INVALID_QUANTITY: _(
        "The quantity is no number that can be counted: from 0, at most six decimals, no separator of thousands."
    ),
    Reason.EVENT_TOO_LARGE: _("The row is too long."),
    Reason.EVENT_TOO_OLD: _("It is too old: only this month and the two before can be counted."),
    Reason.EVENT_IN_FUTURE: _("Its time is still to come."),
    Reason.ID_REUSED: _("Another event with this ID says something else; that one counts."),
}
CONCERNS: "Final[Mapping[Reason | Doubt, Field]]" = {
    Doubt.TWO_NUMBERS: QUANTITY,
    Doubt.TWICE: TIME,
    Doubt.NEVER: TIME,
    Reason.INVALID_ID: ID,
    Reason.WRONG_SOURCE: SOURCE,
    Reason.UNKNOWN_SERVICE: SERVICE,
    Reason.INVALID_TIME: TIME,
    Reason.TIME_MISSING: TIME,
    Reason.INVALID_SUBJECT: SUBJECT,
    Reason.INVALID_QUANTITY: QUANTITY,
    Reason.EVENT_TOO_OLD: TIME,
    Reason.EVENT_IN_FUTURE: TIME,
    Reason.ID_REUSED: ID,
}


class UsageImport(ImportKind):
    """Events of metered services. There is none on CRM Suite, and no way back: what is counted is append-only."""

    code = "usage"
    name = _("Usage")
    words = WORDS
    results = RESULTS
    match_by = (ID.code,)
    can_undo = False
    examples = {
        "id": ("letter-4711", "letter-4712"),
        "service": ("mailing-emails", "chat-sessions"),
        "quantity": ("1250", "1"),
        "subject": ("Autumn letter", ""),
    }

    def is_for(self, tenant: Tenant) -> bool:
        return not tenant.is_suite

    def fields(self, tenant: Tenant) -> Sequence[Field]:
        return (ID, SERVICE, TIME, QUANTITY, SOURCE, SUBJECT)

    def required(self, match_by: str) -> Sequence[str]:
        return (ID.code, SERVICE.code, QUANTITY.code)

    def keys(self, row: Row, match_by: str) -> Sequence[str]:
        """What the event is called, and that with all it says."""
        cells = {code: cell.strip() for code, cell in row.cells.items()}
        if not cells["id"]:
            return ("", "")
        called = f"{source_of(cells)}\0{cells['id']}"
        time = cells.get("time", "")
        said = (cells["service"].casefold(), time_of(time, ZoneInfo("UTC")) or time, number_of(cells["quantity"]))
        return (called, "\0".join([called, *said, cells.get("subject", "")]))

    def concerns(self, text: str) -> str:
        return next((field.code for reason, field in CONCERNS.items() if REASONS[reason] == text), "")

    def repeats(self, firsts: Sequence[int | None]) -> int | None:
        """The line that first had the ID; with a minus where it said something else."""
        called, said = firsts
        return called if called is None or called == said else -called

    def check(self, batch: Batch) -> Outcome:
        refused = (batch.before or {}).get("refused", ())
        counts = foretell_usage(batch.tenant, _rows(batch), repeated=batch.repeated, refused=refused)
        return _outcome(counts, after={"refused": counts.refused})

    def apply(self, batch: Batch) -> Outcome:
        return _outcome(import_usage(batch.tenant, _rows(batch)))

    def undo(self, undo: Any, *, tenant: Tenant, by: User | None, why: str) -> Outcome:
        raise NotImplementedError("What is counted stays counted.")


def _rows(batch: Batch) -> list[UsageRow]:
    return [UsageRow(row.line, row.cells) for row in batch.rows]


def _outcome(counts: Counts, *, after: Mapping[str, Any] | None = None) -> Outcome:
    numbers = {status.value: counts.numbers[status] for status in Status if counts.numbers[status]}
    faults = [Fault(fault.line, str(REASONS.get(fault.reason, fault.reason))) for fault in counts.faults]
    return Outcome(numbers, faults, after=after or {})
