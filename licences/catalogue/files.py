"""Reads the catalogue's TOML files into entries. A row with a missing, unknown or mistyped key is refused by name."""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from licences.catalogue.entries import (
    AddOnEntry,
    Catalogue,
    Entry,
    LicenceEntry,
    OwnerEntry,
    PlanEntry,
    RestrictionEntry,
    SolutionEntry,
    SolutionTierEntry,
    StatedEntry,
    SuitePlanEntry,
    TierEntry,
)


class CatalogueError(Exception):
    """A data file of the catalogue is wrong. The message names the file and the row."""


class DataFile:
    """One TOML file of rows. A key outside the rows, such as `owner`, holds for each row of the file."""

    def __init__(self, folder: Path, path: Path, *, tables: tuple[str, ...]) -> None:
        self.name = path.relative_to(folder).as_posix()
        content = _toml(path, self.name)
        self._shared = {key: value for key, value in content.items() if not isinstance(value, list)}
        self._tables = {key: value for key, value in content.items() if isinstance(value, list)}
        if set(self._tables) != set(tables):
            raise CatalogueError(f"{self.name}: it must hold [[{']], [['.join(tables)}]] and nothing else")

    def rows[E: Entry](self, table: str, entry: type[E]) -> tuple[E, ...]:
        """The rows of one table, in the order of the file; raises CatalogueError."""
        return tuple(self._row(table, number, row, entry) for number, row in enumerate(self._tables[table], start=1))

    def _row[E: Entry](self, table: str, number: int, row: Any, entry: type[E]) -> E:
        where = f"{self.name}, {table} {number}"
        if not isinstance(row, dict):
            raise CatalogueError(f"{where}: it must be a table of keys and values")
        if "code" in row:
            where += f" ({row['code']})"
        values = {key: _frozen(value) for key, value in {**self._shared, **row}.items()}
        _check_keys(where, values, entry)
        return entry(where=where, **values)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _check_keys(where: str, values: Mapping[str, Any], entry: type[Entry]) -> None:
    """Each key is known, each needed key is there, each value is of its type."""
    known = {field.name: field for field in fields(entry) if field.name != "where"}
    for key in values.keys() - known.keys():
        raise CatalogueError(f"{where}: unknown key {key!r}")
    for key, field in known.items():
        if key not in values and field.default is MISSING:
            raise CatalogueError(f"{where}: {key!r} is missing")
    hints = get_type_hints(entry)
    for key, value in values.items():
        if not _fits(value, hints[key]):
            raise CatalogueError(f"{where}: {key!r} is of the wrong type")


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(isinstance(item, str) for item in value)
    if get_origin(hint) is Mapping:
        return isinstance(value, dict) and all(type(item) in {int, str} for item in value.values())
    return type(value) is hint


def read_catalogue(folder: Path) -> Catalogue:
    """Every row of the catalogue in `folder`, well-formed but not yet checked against the others.

    Raises CatalogueError.
    """
    licences = [
        row
        for path in sorted(folder.glob("licence_types/*.toml"))
        for row in DataFile(folder, path, tables=("licence",)).rows("licence", LicenceEntry)
    ]
    solutions = DataFile(folder, folder / "solutions.toml", tables=("tier", "solution", "solution_tier"))
    plans = DataFile(folder, folder / "plans.toml", tables=("plan", "stated"))
    return Catalogue(
        sources=source_keys(folder),
        owners=_only_table(folder, "owners.toml", "owner", OwnerEntry),
        licences=tuple(licences),
        tiers=solutions.rows("tier", TierEntry),
        solutions=solutions.rows("solution", SolutionEntry),
        solution_tiers=solutions.rows("solution_tier", SolutionTierEntry),
        plans=plans.rows("plan", PlanEntry),
        stated=plans.rows("stated", StatedEntry),
        add_ons=_only_table(folder, "add_ons.toml", "add_on", AddOnEntry),
        suite_plans=_only_table(folder, "suite_plans.toml", "suite_plan", SuitePlanEntry),
        restrictions=_only_table(folder, "restrictions.toml", "restriction", RestrictionEntry),
    )


def source_keys(folder: Path) -> frozenset[str]:
    """What a row may name as its source."""
    return frozenset(_toml(folder / "sources.toml", "sources.toml"))


def _only_table[E: Entry](folder: Path, name: str, table: str, entry: type[E]) -> tuple[E, ...]:
    return DataFile(folder, folder / name, tables=(table,)).rows(table, entry)


def _toml(path: Path, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogueError(f"{name}: {error}") from error
