"""Write many users and groups at once: a statement each, whatever their number."""

import json
from collections.abc import Collection, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.models.base import ModelState
from django.db.models.functions import Lower
from django.utils import timezone

from licences.models import Tenant, User, UserGroup

INSERT: Final = """
INSERT INTO licences_user
    (tenant_id, password, date_joined, login_id, full_name, email, role, can_log_in, primary_group_id)
SELECT %s, %s, %s, added.*
FROM json_to_recordset(%s::json) AS added (
    login_id text, full_name text, email text, role text, can_log_in boolean, primary_group_id bigint
)
ON CONFLICT (login_id) DO NOTHING
RETURNING id, login_id
"""
UPDATE: Final = """
UPDATE licences_user
SET (full_name, email, role, primary_group_id)
    = (changed.full_name, changed.email, changed.role, changed.primary_group_id)
FROM json_to_recordset(%s::json) AS changed (pk bigint, full_name text, email text, role text, primary_group_id bigint)
WHERE tenant_id = %s AND id = changed.pk
"""
LAY_TO_REST: Final = """
UPDATE licences_user SET login_id = resting.login_id, email = ''
FROM json_to_recordset(%s::json) AS resting (pk bigint, login_id text)
WHERE tenant_id = %s AND id = resting.pk
"""


NOTHING_SAID: Final = {field.attname: None for field in User._meta.concrete_fields} | {"password": "", "email": ""}


FOR_GROWING_TABLES: Final = "SET LOCAL enable_seqscan = off; DISCARD PLANS"


class Taken(Exception):
    """Somebody got these user IDs a moment ago; nothing is written."""

    def __init__(self, user_ids: set[str]) -> None:
        super().__init__(*sorted(user_ids))
        self.user_ids = user_ids


def expect_growth() -> None:
    """Until the transaction is over, read by index only. A session keeps its plans for foreign keys: one that was made
    while a table was small reads all of it for every row, and takes minutes for what should take seconds."""
    with connection.cursor() as cursor:
        cursor.execute(FOR_GROWING_TABLES)


def new_user(**said: Any) -> User:
    """A user who is not written yet, by the names of columns: without Django's own way of making one, which costs more
    than all else that happens to a row here."""
    user = User.__new__(User)
    user.__dict__ = {"_state": ModelState(), **NOTHING_SAID, **said}
    return user


def add_groups(tenant: Tenant, names: Collection[str]) -> dict[str, int]:
    """The ids of the groups by their names in lower case; those that were not there are now."""
    wanted = {name.casefold(): name for name in names}
    if not wanted:
        return {}
    there = _groups(tenant, wanted)
    if missing := [UserGroup(tenant=tenant, name=name) for key, name in wanted.items() if key not in there]:
        UserGroup.objects.bulk_create(missing, ignore_conflicts=True)
        there = _groups(tenant, wanted)
    return there


def _groups(tenant: Tenant, wanted: Mapping[str, str]) -> dict[str, int]:
    """PostgreSQL and Python do not fold every letter alike, so they are asked for as written too."""
    groups = UserGroup.objects.filter(tenant=tenant).alias(low=Lower("name"))
    found = groups.filter(low__in=wanted) | groups.filter(name__in=wanted.values())
    return {name.casefold(): pk for pk, name in found.order_by("-pk").values_list("pk", "name")}


def insert_users(tenant: Tenant, users: Sequence[User]) -> None:
    """Write new users, who cannot log in with any password yet, and give each its id. Raises Taken."""
    if not users:
        return
    by_id = {user.login_id: user for user in users}
    # Everybody in the same order: two who add the same user IDs must not wait for each other in a circle.
    rows = [by_id[login_id] for login_id in sorted(by_id)]
    columns = ("login_id", "full_name", "email", "role", "can_log_in", "primary_group_id")
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [tenant.pk, make_password(None), timezone.now(), _json(rows, columns)])
        written = cursor.fetchall()
    if len(written) < len(users):
        raise Taken(by_id.keys() - {login_id for _pk, login_id in written})
    for pk, login_id in written:
        by_id[login_id].pk = pk


def change_users(tenant: Tenant, users: Sequence[User]) -> None:
    """Write name, e-mail, role and group as they now are."""
    if users:
        _update(UPDATE, _json(users, ("pk", "full_name", "email", "role", "primary_group_id")), tenant)


def lay_to_rest(tenant: Tenant, user_ids: Mapping[int, str]) -> None:
    """Give users, by their ids, the user IDs under which only the history knows them, and forget their addresses."""
    _update(LAY_TO_REST, json.dumps([{"pk": pk, "login_id": login_id} for pk, login_id in user_ids.items()]), tenant)


def _json(users: Sequence[User], columns: Sequence[str]) -> str:
    """One parameter however many rows: PostgreSQL takes it apart faster than arrays are put together here."""
    values = attrgetter(*columns)
    return json.dumps([dict(zip(columns, values(user), strict=True)) for user in users])


def _update(statement: str, rows: str, tenant: Tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [rows, tenant.pk])
