"""What the tests of importing users have in common."""

from collections.abc import Mapping, Sequence
from typing import Any

from licences.imported_users import Duplicates
from licences.models import Tenant, User
from licences.services.user_import import Imported, Rule, import_users
from licences.services.user_import_undo import undo_users
from notifications.imports.kinds import Row
from tests.factories import scope_of

type Cells = Mapping[str, str]


def lines(*cells: Cells) -> list[Row]:
    """The rows of a file whose headings are on line 1."""
    return [Row(line, each) for line, each in enumerate(cells, 2)]


def take_in(
    tenant: Tenant,
    *cells: Cells,
    duplicates: str = "skip",
    match_by: str = "user_id",
    by: User | None = None,
    **options: Any,
) -> Imported:
    """Import these rows, as a chunk of the job does: in a transaction of the tenant."""
    with scope_of(tenant):
        rule = Rule(match_by, Duplicates(duplicates))
        return import_users(tenant, lines(*cells), rule=rule, by=by, why="Import: users.csv", **options)


def take_back(tenant: Tenant, imported: Imported, by: User | None = None) -> Imported:
    with scope_of(tenant):
        return undo_users(tenant, imported.undo, by=by, why="Undo: users.csv")


def counts(imported: Imported) -> dict[str, int]:
    """Those that are not 0."""
    return {str(name): number for name, number in imported.counts.items() if number}


def users_of(tenant: Tenant, *names: str) -> list[Any]:
    """These columns of the tenant's users, in the order of their user IDs."""
    with scope_of(tenant):
        return sorted(User.objects.of(tenant).values_list(*names))


def texts(imported: Imported) -> Sequence[str]:
    return [text for _line, text in imported.faults]
