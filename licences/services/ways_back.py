"""What it takes to undo the import of a user: put together when it is imported, read when it is undone."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from licences.models import User
from licences.services.seating import Move

FIELDS: Final = ("full_name", "email", "role", "primary_group_id")
"""What an import writes of a user beside seats and the switch that lets log in."""


@dataclass(frozen=True, slots=True)
class Added:
    """A user who was added on this line; `digest` tells whether they still are as they were written."""

    line: int
    user_id: int
    digest: int


@dataclass(frozen=True, slots=True)
class Changed:
    """A user who was changed: by field, what it was and what was written; which licences were taken and given; and
    whether the login was switched, to what."""

    line: int
    user_id: int
    fields: Mapping[str, tuple[Any, Any]]
    taken: tuple[int, ...]
    given: tuple[int, ...]
    can_log_in: bool | None


def way_back_of_added(line: int, user: User) -> list[Any]:
    """Once the user has been written."""
    return [line, user.pk, digest_of(user)]


def way_back_of_changed(line: int, user: User, was: Mapping[str, Any], move: Move) -> list[Any]:
    """`was` holds FIELDS as they were before; the user has them as they are now."""
    new = {name: getattr(user, name) for name in FIELDS}
    fields = {name: (was[name], new[name]) for name in FIELDS if was[name] != new[name]}
    taken, given = (tuple(sorted(each.pk for each in licences)) for licences in (move.take, move.give))
    return [line, user.pk, fields, taken, given, move.can_log_in]


def unpacked(way: list[Any]) -> Added | Changed:
    """As it was put together."""
    if len(way) == 3:
        return Added(*way)
    line, user_id, fields, taken, given, can_log_in = way
    told = {name: (old, new) for name, (old, new) in fields.items()}
    return Changed(line, user_id, told, tuple(taken), tuple(given), can_log_in)


def digest_of(user: User) -> int:
    """Another one whenever something else is written of the user."""
    said = (user.login_id, user.full_name, user.email, str(user.role), user.primary_group_id, user.can_log_in)
    return zlib.crc32("\x1f".join(map(str, said)).encode())
