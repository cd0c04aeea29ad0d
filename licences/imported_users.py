"""What a row of a file says of a user: how its cells are read, and what is wrong with them.

Pure rules: no database, no request. Words are known in English, Danish, German, Dutch, Norwegian and Swedish, the
languages of domain facts §8; lengths are those of the model.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from licences.models import User, UserGroup


class Duplicates(StrEnum):
    """What happens to a row whose user is there already."""

    ADD = "add"
    MERGE = "merge"
    REPLACE = "replace"
    SKIP = "skip"


YES: Final = {"yes", "y", "true", "t", "on", "1", "x", "ja", "j", "sand", "sant", "wahr", "waar"}
NO: Final = {"no", "n", "false", "f", "off", "0", "nei", "nej", "nein", "nee", "usand", "falsk", "falsch", "onwaar"}

ROLES: Final = {
    **dict.fromkeys(
        (
            *("administrator", "admin", "system administrator", "systemadministrator", "sysadmin"),
            *("systembeheerder", "beheerder", "systemadministratör", "administratör"),
        ),
        User.Role.ADMINISTRATOR,
    ),
    **dict.fromkeys(
        ("user", "member", "bruker", "bruger", "benutzer", "gebruiker", "användare", "medlem", "mitglied", "lid"),
        User.Role.MEMBER,
    ),
}

LONGEST: Final[Mapping[str, int]] = {
    "user_id": User._meta.get_field("login_id").max_length or 0,
    "full_name": User._meta.get_field("full_name").max_length or 0,
    "email": User._meta.get_field("email").max_length or 0,
    "group": UserGroup._meta.get_field("name").max_length or 0,
}

PLAIN_EMAIL: Final = re.compile(r"\w+(?:[.+-]\w+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,}", re.ASCII | re.IGNORECASE)
"""What nearly every address looks like, told quickly; what looks otherwise is asked of Django."""
LONGEST_LABEL: Final = 64

UNDONE: Final = "~"
"""Stands in the user ID of somebody whose import was undone, and in no other."""


class Wrong(Exception):
    """What is wrong with a row, in sentences."""


@dataclass(frozen=True, slots=True)
class UserRow:
    """What a row asks for. A field without a column is None; one whose cell is empty, "" or, where that says nothing,
    None as well. `plans` is the cell as it stands: which plans it names depends on what the tenant owns."""

    line: int
    user_id: str | None
    full_name: str | None
    email: str | None
    role: User.Role | None
    group: str | None
    can_log_in: bool | None
    plans: str | None

    @classmethod
    def read(cls, line: int, cells: Mapping[str, str]) -> "UserRow":
        """The row, tidied: single spaces, user ID in lower case. Raises Wrong with everything that is."""
        told, faults = {}, []
        for code, cell in cells.items():
            told[code], fault = (_judge_often if code in FEW_VALUES else _judge)(code, cell)
            if fault is not None:
                faults.append(fault(code, told[code]))
        if faults:
            raise Wrong(" ".join(faults))
        login, user_id = told.get("can_log_in", "").casefold(), told.get("user_id")
        return cls(
            line=line,
            user_id=None if user_id is None else user_id.lower(),
            full_name=told.get("full_name"),
            email=told.get("email"),
            role=ROLES.get(told.get("role", "").casefold()),
            group=told.get("group"),
            can_log_in=login in YES if login else None,
            plans=told.get("plans"),
        )

    @staticmethod
    def keys_of(cells: Mapping[str, str], match_by: str) -> list[str]:
        """What no other row of the file may have: the user ID, and the e-mail if users are recognised by that. Empty
        where the row has none."""
        return [tidy(cells.get(code, "")).lower() for code in dict.fromkeys(("user_id", match_by))]


def tidy(cell: str) -> str:
    """Without spaces at the ends, and with single ones in between."""
    if cell.isascii():
        return " ".join(cell.split())
    return " ".join(unicodedata.normalize("NFC", cell).split())


type Fault = Callable[[str, str], str]


def _judge(code: str, cell: str) -> tuple[str, Fault | None]:
    """The cell, tidied, and what says what is wrong with it."""
    cell = tidy(cell)
    if not cell:
        return cell, None
    if not cell.isprintable():
        return cell, _cannot_be_shown
    if len(cell) > LONGEST.get(code, len(cell)):
        return cell, _is_too_long
    check = CHECKS.get(code)
    return cell, None if check is None or check(cell) else _makes_no_sense


def _cannot_be_shown(code: str, cell: str) -> str:
    return _("%(field)s has a character that cannot be shown.") % {"field": _name(code)}


def _is_too_long(code: str, cell: str) -> str:
    return _("%(field)s is longer than %(most)d characters.") % {"field": _name(code), "most": LONGEST[code]}


def _makes_no_sense(code: str, cell: str) -> str:
    return _SAID[code]() % {"cell": cell[:60]}


FEW_VALUES: Final = {"role", "group", "can_log_in", "plans"}
"""The same cells come again and again."""
_judge_often = lru_cache(maxsize=1_024)(_judge)


def _is_email(cell: str) -> bool:
    if len(cell) < LONGEST_LABEL and PLAIN_EMAIL.fullmatch(cell):
        return True
    try:
        validate_email(cell)
    except ValidationError:
        return False
    return True


CHECKS: Final[Mapping[str, Callable[[str], bool]]] = {
    "user_id": lambda cell: UNDONE not in cell,
    "email": _is_email,
    "role": lambda cell: cell.casefold() in ROLES,
    "can_log_in": lambda cell: cell.casefold() in YES or cell.casefold() in NO,
}
_SAID: Final[Mapping[str, Callable[[], str]]] = {
    "user_id": lambda: _("User ID “%(cell)s” has a “~”, which stands for imports that were undone."),
    "email": lambda: _("“%(cell)s” is not an e-mail address."),
    "role": lambda: _("“%(cell)s” is not a role: “Administrator” or “User”."),
    "can_log_in": lambda: _("Can log in: “%(cell)s” is neither “Yes” nor “No”."),
}


def _name(code: str) -> str:
    return {
        "user_id": _("User ID"),
        "full_name": _("Full name"),
        "email": _("E-mail"),
        "role": _("Role"),
        "group": _("Group"),
        "can_log_in": _("Can log in"),
    }.get(code, _("Plans"))


def plans_in(cell: str, known: Collection[str]) -> tuple[list[str], list[str]]:
    """What the cell names, and what it names that is not known. `known` are names and codes, in lower case.

    Semicolons always separate; commas only where they are not part of a name, because some plans have them in theirs.
    """
    found: list[str] = []
    unknown: list[str] = []
    for part in cell.split(";"):
        words = [word for word in map(tidy, part.split(",")) if word]
        while words:
            taken = _longest_known(words, known)
            if taken:
                found.append(", ".join(words[:taken]).casefold())
            else:
                unknown.append(words[0])
            words = words[taken or 1 :]
    return list(dict.fromkeys(found)), unknown


def _longest_known(words: Sequence[str], known: Collection[str]) -> int:
    """How many of the first words, with commas between, are together a known name."""
    return next((n for n in range(len(words), 0, -1) if ", ".join(words[:n]).casefold() in known), 0)
