"""Users with their plans: the fields that a file may fill, and which words head their columns.

Headings are known in English, Danish, German, Dutch, Norwegian and Swedish: the languages of domain facts §8. What the
rules are stands in licences/services/user_import.py.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from licences.imported_users import Duplicates, UserRow
from licences.models import Tenant, User
from licences.services.user_import import Imported, Rule, import_users
from licences.services.user_import_undo import undo_users
from notifications.imports.kinds import Batch, Fault, Field, ImportKind, Outcome, Result, Row, Words
from notifications.models import Import

USER_ID = Field(
    "user_id",
    _("User ID"),
    _("What the user logs in with: unique, and kept in lower case."),
    synonyms=(
        *("user id", "user", "user name", "login", "login id", "associate"),
        *("bruker-id", "brukernavn", "bruger-id", "brugernavn", "benutzer-id", "benutzername", "benutzerkennung"),
        *("gebruikers-id", "gebruikersnaam", "användar-id", "användarnamn"),
    ),
)
FULL_NAME = Field(
    "full_name",
    _("Full name"),
    _("First and last name. New users need it."),
    synonyms=(
        *("full name", "name", "display name", "fullt navn", "navn", "fulde navn", "vollständiger name"),
        *("volledige naam", "naam", "fullständigt namn", "namn"),
    ),
)
EMAIL = Field(
    "email",
    _("E-mail"),
    _("Where the user gets the link to choose a password."),
    synonyms=(
        *("e-mail", "e-mail address", "mail", "e-post", "e-postadresse", "e-mailadresse", "e-mail-adresse"),
        *("e-mailadres", "e-postadress"),
    ),
)
ROLE = Field(
    "role",
    _("Role"),
    _("“Administrator” or “User”. New users without one are users."),
    synonyms=("role", "user role", "rolle", "rol", "roll"),
)
GROUP = Field(
    "group",
    _("Group"),
    _("The primary group. A group that is not there is added."),
    synonyms=(
        *("group", "primary group", "user group", "gruppe", "primærgruppe", "brukergruppe", "brugergruppe"),
        *("benutzergruppe", "groep", "gebruikersgroep", "grupp", "användargrupp"),
    ),
)
CAN_LOG_IN = Field(
    "can_log_in",
    _("Can log in"),
    _("“Yes” or “No”. Left empty, new users can; on CRM Suite they cannot, because it takes a seat."),
    synonyms=(
        *("can log in", "login allowed", "active", "enabled", "kan logge inn", "kan logge ind", "aktiv"),
        *("kann sich anmelden", "kan inloggen", "actief", "kan logga in"),
    ),
)
PLANS = Field(
    "plans",
    _("Plans"),
    _("Names or codes of user plans; several are separated by semicolons or commas."),
    synonyms=(
        *("plans", "plan", "user plans", "user plan", "licences", "licence", "licenses", "license"),
        *("planer", "brukerplan", "brugerplan", "lisenser", "lisens", "licenser", "licens"),
        *("pläne", "lizenzen", "lizenz", "plannen", "licenties", "licentie", "användarplan"),
    ),
)


WORDS = Words(
    title=_("Import users"),
    purpose=_("Add or change many users and their plans at once."),
    one_row=_("One row for each user, with headings in the first line."),
    section="users",
    home="licences:users",
    target=_("Users"),
    icon="users",
    before_the_run=_("You can undo it for 24 hours."),
    stopped=_("What was imported before stays. Go on with the next row, or undo it."),
)
RESULTS = (
    Result("added", (_("Will be added"), _("Added")), (_("%(shown)s to add"), _("%(shown)s added")), is_change=True),
    Result(
        "changed",
        (_("Will be changed"), _("Changed")),
        (_("%(shown)s to change"), _("%(shown)s changed")),
        is_change=True,
    ),
    Result(
        "unchanged",
        (_("Already as in the file"), _("Already as in the file")),
        (_("%(shown)s unchanged"), _("%(shown)s unchanged")),
    ),
    Result("skipped", (_("Will be skipped"), _("Skipped")), (_("%(shown)s to skip"), _("%(shown)s skipped"))),
    Result(
        "faulty",
        (_("With faults"), _("With faults")),
        (_("%(shown)s with faults"), _("%(shown)s with faults")),
        is_fault=True,
    ),
    Result(
        "seats",
        None,
        (
            ngettext_lazy("%(shown)s seat to give", "%(shown)s seats to give", "number"),
            ngettext_lazy("%(shown)s seat given", "%(shown)s seats given", "number"),
        ),
    ),
)
DUPLICATES = {
    Import.Duplicates.ADD: _(
        "Only new users are added. A row with a user who is there already is reported as a fault."
    ),
    Import.Duplicates.MERGE: _("What is empty is filled in and missing plans are given. What is there stays."),
    Import.Duplicates.REPLACE: _(
        "Users become as the file says, their plans too. A plan that it does not name is taken."
    ),
    Import.Duplicates.SKIP: _("Only new users are added. Users who are there already stay exactly as they are."),
}


class UserImport(ImportKind):
    """People of the tenant. On CRM Suite there are no plans to give: *can log in* is the seat."""

    code = "users"
    name = _("Users")
    words = WORDS
    results = RESULTS
    duplicates = DUPLICATES
    match_by = (USER_ID.code, EMAIL.code)
    examples = {
        "user_id": ("ask.berg", "liv.dahl"),
        "full_name": ("Ask Berg", "Liv Dahl"),
        "email": ("ask.berg@example.com", "liv.dahl@example.com"),
        "role": ("User", "Administrator"),
        "group": ("Sales", ""),
        "can_log_in": ("Yes", "No"),
    }

    def fields(self, tenant: Tenant) -> Sequence[Field]:
        everywhere = (USER_ID, FULL_NAME, EMAIL, ROLE, GROUP, CAN_LOG_IN)
        return everywhere if tenant.is_suite else (*everywhere, PLANS)

    def required(self, match_by: str) -> Sequence[str]:
        return (match_by,)

    def keys(self, row: Row, match_by: str) -> Sequence[str]:
        return UserRow.keys_of(row.cells, match_by)

    def check(self, batch: Batch) -> Outcome:
        return _outcome(self._imported(batch, dry=True))

    def apply(self, batch: Batch) -> Outcome:
        return _outcome(self._imported(batch, dry=False))

    def undo(self, undo: Any, *, tenant: Tenant, by: User | None, why: str) -> Outcome:
        return _outcome(undo_users(tenant, undo, by=by, why=why))

    def _imported(self, batch: Batch, *, dry: bool) -> Imported:
        return import_users(
            batch.tenant,
            batch.rows,
            rule=Rule(batch.match_by, Duplicates(batch.duplicates)),
            by=batch.by,
            why=batch.why,
            repeated=batch.repeated,
            before=batch.before,
            dry=dry,
        )


def _outcome(imported: Imported) -> Outcome:
    faults = [Fault(line, text) for line, text in imported.faults]
    counts: Mapping[str, int] = {str(outcome): number for outcome, number in imported.counts.items()}
    return Outcome(counts, faults, imported.undo, imported.after)
