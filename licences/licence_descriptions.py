"""What somebody at an owner writes down of a licence set, in TOML or JSON, before it is signed. docs/licence-file.md.

The vendor writes plans and seats, or a CRM Suite plan and seats; the rows that come with them follow from the price
list. Everybody may write single licences.
"""

import json
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from licences.catalogue.entries import VENDOR
from licences.catalogue.published import published_catalogue
from licences.licence_file import FORMAT, LicenceFile
from licences.plan_features import LicenceRow, PlanAtTwoTiers, UnknownPlan, licence_rows, suite_rows
from licences.signing import NotCanonical

VALID_FOR = timedelta(days=30)
LEFT_OUT = ("warn_from_on", "expires_on", "grace_until_on", "maintenance_until_on", "suite_plan")
"""What counts as none when it is left out."""


class Unclear(ValueError):
    """The description cannot be signed; says why."""


def read_description(path: Path) -> dict[str, Any]:
    """The values in a TOML or JSON file, by its name; raises Unclear."""
    try:
        text = path.read_text()
        values = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise Unclear(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise Unclear(f"{path}: {error}") from None
    if not isinstance(values, dict):
        raise Unclear(f"{path}: not a table of values")
    return values


def described(values: Mapping[str, Any], *, now: datetime) -> LicenceFile:
    """The contents of the file that the values describe; raises Unclear with every value that is wrong."""
    rest = {name: _in_utc(value) for name, value in values.items()}
    plans, add_ons, seats = (rest.pop(name, None) for name in ("plans", "add_ons", "seats"))
    usual: dict[str, Any] = {
        "format": FORMAT,
        "owner": VENDOR,
        "version": "",
        "issued_at": now,
        "valid_until": now + VALID_FOR,
        **dict.fromkeys(LEFT_OUT),
    }
    contents = usual | rest
    try:
        rows = _rows(contents, plans, add_ons, seats)
        contents["licences"] = [*rows, *({"tier": None} | each for each in rest.get("licences", ()))]
        return LicenceFile.typed(contents)
    except NotCanonical as wrong:
        raise Unclear("\n".join(wrong.errors)) from None
    except UnknownPlan as unknown:
        raise Unclear(f"the price list does not have {unknown}") from None
    except PlanAtTwoTiers as twice:
        raise Unclear(f"the plan {twice} is there at two tiers") from None
    except (TypeError, KeyError, ValueError) as wrong:
        raise Unclear(f"plans, add-ons, seats or licences: {wrong!r}") from None


def _rows(contents: Mapping[str, Any], plans: Any, add_ons: Any, seats: Any) -> list[dict[str, Any]]:
    catalogue = published_catalogue()
    if contents["owner"] != VENDOR or (plans is None and seats is None):
        return []
    if contents["suite_plan"] is not None:
        rows = suite_rows(contents["suite_plan"], seats=seats, catalogue=catalogue)
    else:
        bought = {(plan["code"], plan["tier"]): plan["seats"] for plan in plans}
        rows = licence_rows(bought, catalogue=catalogue, add_ons=add_ons or ())
    return [line_of(row) for row in rows]


def line_of(row: LicenceRow) -> dict[str, Any]:
    """A row of the price list as a file holds it."""
    return {"code": row.code, "name": row.name, "total": row.number, "tier": row.tier}


def _in_utc(value: Any) -> Any:
    aware = isinstance(value, datetime) and value.tzinfo is not None
    return value.astimezone(UTC).replace(microsecond=0) if aware else value
