"""What can be imported: the base class of every kind, and what a kind is told of a batch and says of it.

Each kind is one class; notifications/imports/__init__.py lists them. It knows its fields, and hands the rows of a batch
to a service of the app whose rows they become. Nothing here or in a kind writes.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from licences.models import Tenant, User
from notifications.imports.headings import closest_columns
from notifications.models import Import

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Field:
    """Something that a column of the file may fill. `synonyms` are headings it is known by, in lower case; `required`
    says that no row can be imported without it."""

    code: str
    label: "StrOrPromise"
    help: "StrOrPromise"
    required: bool = False
    synonyms: tuple[str, ...] = ()


class Row(NamedTuple):
    """A row of the file: its line, and the cells of the fields that a column was chosen for."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows and how they are to be imported. `repeated` says, by line, which line has had the same key before.
    `before` is what the batches before have come to: what their `after` said."""

    tenant: Tenant
    rows: Sequence[Row]
    match_by: str
    duplicates: Import.Duplicates
    by: User | None
    why: str
    repeated: Mapping[int, int] = field(default_factory=dict)
    before: Mapping[str, Any] | None = None


class Fault(NamedTuple):
    """What is wrong with a row, for the person whose file it is."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch, or would. `undo` is what it takes to undo it and `after` what the next batch has to know
    of this one and those before: JSON both."""

    counts: Mapping[str, int]
    faults: Sequence[Fault]
    undo: Any = None
    after: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What rows can come to: how it is called when it is foretold and when it has come, as a heading and in a line.
    Where there are no headings it is no outcome of a row, and said in lines only."""

    code: str
    headings: "tuple[StrOrPromise, StrOrPromise] | None"
    lines: "tuple[StrOrPromise, StrOrPromise]"
    is_change: bool = False
    is_fault: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What the wizard says around a kind. `home` is the name of the page on which what was imported is seen, `target`
    how a link to it is called, `section` the entry of
    the main navigation that the import belongs to."""

    title: "StrOrPromise"
    purpose: "StrOrPromise"
    one_row: "StrOrPromise"
    section: str
    home: str
    target: "StrOrPromise"
    icon: str
    before_the_run: "StrOrPromise"
    stopped: "StrOrPromise"


class ImportKind(ABC):
    """One thing that can be imported. `match_by` are the codes of the fields by which a row finds what is there;
    `duplicates` the ways to treat what is there already, with what each means, if there is anything to choose."""

    code: ClassVar[str]
    name: "ClassVar[StrOrPromise]"
    words: ClassVar[Words]
    results: ClassVar[Sequence[Result]]
    match_by: ClassVar[tuple[str, ...]]
    duplicates: "ClassVar[Mapping[Import.Duplicates, StrOrPromise]]" = {}
    can_undo: ClassVar[bool] = True
    examples: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """What stands in the two rows of the example, by field."""

    def is_for(self, tenant: Tenant) -> bool:
        """Whether the tenant has anything of this kind."""
        return True

    @abstractmethod
    def fields(self, tenant: Tenant) -> Sequence[Field]:
        """What columns of the file can fill, in the order in which they are asked for."""

    @abstractmethod
    def required(self, match_by: str) -> Sequence[str]:
        """Codes of the fields without which no row can be recognised or added."""

    @abstractmethod
    def keys(self, row: Row, match_by: str) -> Sequence[str]:
        """What no two rows of a file may share: as many for each row, in the same order; "" where it has none."""

    @abstractmethod
    def check(self, batch: Batch) -> Outcome:
        """What `apply` would do; nothing is written."""

    @abstractmethod
    def apply(self, batch: Batch) -> Outcome:
        """Import the rows in the running transaction, each wholly or not at all."""

    def concerns(self, text: str) -> str:
        """Code of the field that is wrong where this is said of a row; "" where it is not one alone."""
        return ""

    def repeats(self, firsts: Sequence[int | None]) -> int | None:
        """Of the lines that first had each key of a row, what to say of it in `Batch.repeated`; None for nothing."""
        return min((first for first in firsts if first is not None), default=None)

    @abstractmethod
    def undo(self, undo: Any, *, tenant: Tenant, by: User | None, why: str) -> Outcome:
        """Take back what `apply` did, as far as nobody has changed it since; what stays is in the faults."""

    def guess(self, columns: Sequence[str], tenant: Tenant) -> dict[str, int]:
        """Which column seems to be meant for which field, by their headings."""
        return closest_columns(columns, {each.code: each.synonyms for each in self.fields(tenant)})
