"""Who a row of a file is about, and what it asks for, against what the tenant has: before anything is written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from config.tenancy.scopes import identity_scope
from licences.imported_users import Duplicates, UserRow, Wrong, plans_in
from licences.models import Licence, LicenceType, Tenant, User
from licences.services.seating import Move
from licences.services.seats import held_by
from licences.services.user_rows import new_user

HOLDERS: Final = """
SELECT asked.login_id, member.tenant_id, member.id FROM unnest(%s::text[]) AS asked (login_id)
LEFT JOIN licences_user member ON member.login_id = asked.login_id
WHERE member.id IS NOT NULL OR asked.login_id <> lower(asked.login_id)
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """Users are recognised by `match_by`, "user_id" or "email"; `duplicates` says what becomes of those found."""

    match_by: str
    duplicates: Duplicates


@dataclass(slots=True)
class Asked:
    """What a row asks for. `after` holds, by name, what is new about the user and `before` what that was."""

    line: int
    user: User
    move: Move
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    @property
    def moves(self) -> bool:
        """Whether seats, the login or an administrator are in question."""
        move = self.move
        return bool(move.give or move.take or move.role) or move.can_log_in is not None

    @property
    def changes_nothing(self) -> bool:
        return not self.after and not self.moves


class Known:
    """What the tenant has of the users that some rows are about. The history is locked, users are locked here in the
    order of their ids."""

    def __init__(self, tenant: Tenant, rows: Sequence[UserRow], rule: Rule) -> None:
        self.tenant, self.rule = tenant, rule
        user_ids = {row.user_id for row in rows if row.user_id}
        emails = {row.email.lower() for row in rows if row.email} if rule.match_by == "email" else set()
        own, self.taken = _holders(tenant, user_ids)
        self.users = _locked(tenant, own, emails)
        self.by_user_id = {user.login_id: user for user in self.users}
        self.by_email: dict[str, list[User]] = {}
        for user in self.users:
            self.by_email.setdefault(user.email.lower(), []).append(user)

    @cached_property
    def held(self) -> Mapping[int, set[Licence]]:
        """What the users hold, by their ids."""
        return held_by(self.tenant, self.users)

    @cached_property
    def plans(self) -> Mapping[str, Licence]:
        """The plans that can be given, by name and by code, in lower case."""
        of_users = Licence.objects.in_force().filter(
            tenant=self.tenant, type__kind=LicenceType.Kind.USER, type__hidden=False
        )
        plans = [each for each in of_users.select_related("type__owner").order_by("-pk") if each.is_plan]
        by_code = {each.type.owner.full_code(each.type.code): each for each in plans}
        return by_code | {each.name.casefold(): each for each in plans}

    @cached_property
    def suite_seat(self) -> frozenset[Licence]:
        """On CRM Suite, what lets a user log in; nothing elsewhere, or if the tenant has none."""
        plan = self.tenant.suite_plan
        if plan is None:
            return frozenset()
        return frozenset(Licence.objects.in_force().filter(tenant=self.tenant, type=plan.seat_licence_id))

    def ask(self, row: UserRow) -> Asked | None:
        """What the row asks for; None when it is passed over. Raises Wrong."""
        user = self._found(row)
        if user is None:
            return self._newcomer(row)
        if self.rule.duplicates == Duplicates.SKIP:
            return None
        if user.is_former_employee:
            raise Wrong(_("%(name)s is a former employee.") % {"name": user.full_name})
        if self.rule.duplicates == Duplicates.ADD:
            raise Wrong(_("%(name)s is there already.") % {"name": user.full_name})
        return self._change(row, user)

    def _found(self, row: UserRow) -> User | None:
        if self.rule.match_by != "email":
            if not row.user_id:
                raise Wrong(_("The user ID is missing."))
            return self.by_user_id.get(row.user_id)
        if not row.email:
            raise Wrong(_("The e-mail address is missing."))
        found = self.by_email.get(row.email.lower(), [])
        if len(found) > 1:
            raise Wrong(_("More than one user has the e-mail address “%(email)s”.") % {"email": row.email})
        holder = self.by_user_id.get(row.user_id or "")
        if row.user_id and found and found[0].login_id != row.user_id:
            told = {"user": found[0].login_id}
            raise Wrong(_("This user has the user ID “%(user)s”: an import changes no user ID.") % told)
        if holder and not found:
            raise Wrong(_("The user ID “%(user)s” belongs to somebody with another e-mail.") % {"user": row.user_id})
        return found[0] if found else None

    def _newcomer(self, row: UserRow) -> Asked:
        if not row.user_id or not row.full_name:
            raise Wrong(_("A new user needs a user ID and a full name."))
        if row.user_id in self.taken:
            raise Wrong(_("The user ID “%(user)s” cannot be had: choose another one.") % {"user": row.user_id})
        user = new_user(
            id=-row.line,
            tenant_id=self.tenant.pk,
            login_id=row.user_id,
            full_name=row.full_name,
            email=row.email or "",
            role=row.role or User.Role.MEMBER,
            can_log_in=not self.tenant.is_suite and row.can_log_in is not False,
        )
        gets_seat = self.tenant.is_suite and row.can_log_in is True
        move = Move(user, give=self._seat() if gets_seat else self._plans_of(row))
        said = {"user_id": user.login_id, "email": user.email, "role": str(user.role), "group": row.group}
        after = {name: value for name, value in said.items() if value}
        return Asked(row.line, user, move, after=after | {"can_log_in": user.can_log_in or gets_seat})

    def _change(self, row: UserRow, user: User) -> Asked:
        wins = self.rule.duplicates == Duplicates.REPLACE
        now = {
            "full_name": user.full_name,
            "email": user.email,
            "role": str(user.role),
            "group": user.primary_group.name if user.primary_group else "",
        }
        role = row.role if wins else None
        asked = {
            "full_name": row.full_name or None,
            "email": row.email,
            "role": str(role) if role else None,
            "group": now["group"] if (row.group or "").casefold() == now["group"].casefold() else row.group,
        }
        new = {
            name: value
            for name, value in asked.items()
            if value is not None and value != now[name] and (wins or not now[name])
        }
        move = replace(self._seats_of(row, user, wins=wins), role=role if "role" in new else None)
        return Asked(row.line, user, move, before={name: now[name] for name in new}, after=new)

    def _seats_of(self, row: UserRow, user: User, *, wins: bool) -> Move:
        """Merging gives what is missing; replacing also takes what is not listed, and switches the login."""
        move = Move(user)
        if row.plans is not None and not self.tenant.is_suite:
            listed, held = self._plans_of(row), self.held[user.pk]
            superfluous = frozenset(each for each in held if each.is_plan) - listed
            move = Move(user, take=superfluous if wins else frozenset(), give=listed - held)
        if not wins or row.can_log_in is None or row.can_log_in == user.can_log_in:
            return move
        if not self.tenant.is_suite:
            return replace(move, can_log_in=row.can_log_in)
        return replace(move, give=self._seat()) if row.can_log_in else replace(move, take=self.suite_seat)

    def _plans_of(self, row: UserRow) -> frozenset[Licence]:
        if not row.plans or self.tenant.is_suite:
            return frozenset()
        if row.plans not in self._read:
            self._read[row.plans] = plans_in(row.plans, self.plans)
        names, unknown = self._read[row.plans]
        if unknown:
            raise Wrong(_("There is no plan “%(plan)s” to give.") % {"plan": unknown[0][:60]})
        return frozenset(self.plans[name] for name in names)

    @cached_property
    def _read(self) -> dict[str, tuple[list[str], list[str]]]:
        """Cells that have been read: few differ."""
        return {}

    def _seat(self) -> frozenset[Licence]:
        if not self.suite_seat:
            raise Wrong(_("There is no seat to log in with: the licence of the plan is missing."))
        return self.suite_seat


def _locked(tenant: Tenant, ids: Collection[int], emails: Collection[str]) -> list[User]:
    if not ids and not emails:
        return []
    whom = Q(pk__in=ids)
    users = User.objects.of(tenant).select_for_update(no_key=True, of=("self",)).select_related("primary_group")
    if emails:
        users = users.alias(address=Lower("email"))
        whom |= Q(address__in=emails)
    return list(users.filter(whom).order_by("pk"))


def _holders(tenant: Tenant, user_ids: Collection[str]) -> tuple[list[int], set[str]]:
    """The ids of the tenant's own users with these user IDs; and which of these cannot be had, because somebody of
    another tenant has them or because PostgreSQL does not call them lower case."""
    with identity_scope(), connection.cursor() as cursor:
        cursor.execute(HOLDERS, [sorted(user_ids)])
        held = cursor.fetchall()
    return (
        [pk for _user_id, tenant_id, pk in held if tenant_id == tenant.pk],
        {user_id for user_id, tenant_id, _pk in held if tenant_id != tenant.pk},
    )
