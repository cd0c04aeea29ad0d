"""Write many users and groups at once: a statement each, whatever their number."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.models.functions import Lower

from licences.models import Tenant, User, UserGroup

INSERT: Final = """
INSERT INTO licences_user
    (tenant_id, password, date_joined, login_id, full_name, email, role, can_log_in, primary_group_id)
SELECT %s, %s, %s, added.*
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::boolean[], %s::bigint[]) AS added
ON CONFLICT (login_id) DO NOTHING
RETURNING id, login_id
"""
UPDATE: Final = """
UPDATE licences_user
SET full_name = changed.full_name, email = changed.email, role = changed.role, primary_group_id = changed.group_id
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[])
    AS changed (user_id, full_name, email, role, group_id)
WHERE tenant_id = %s AND id = changed.user_id
"""
LAY_TO_REST: Final = """
UPDATE licences_user SET login_id = resting.login_id, email = ''
FROM unnest(%s::bigint[], %s::text[]) AS resting (user_id, login_id)
WHERE tenant_id = %s AND id = resting.user_id
"""


class Taken(Exception):
    """Somebody got these user IDs a moment ago; nothing is written."""

    def __init__(self, user_ids: set[str]) -> None:
        super().__init__(*sorted(user_ids))
        self.user_ids = user_ids


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
        same: list[Any] = [tenant.pk, make_password(None), rows[0].date_joined]
        cursor.execute(INSERT, [*same, *([getattr(user, name) for user in rows] for name in columns)])
        written = cursor.fetchall()
    if len(written) < len(users):
        raise Taken(by_id.keys() - {login_id for _pk, login_id in written})
    for pk, login_id in written:
        by_id[login_id].pk = pk


def change_users(tenant: Tenant, users: Sequence[User]) -> None:
    """Write name, e-mail, role and group as they now are."""
    columns: tuple[str, ...] = ("pk", "full_name", "email", "role", "primary_group_id")
    _update(UPDATE, [[getattr(user, name) for user in users] for name in columns], tenant)


def lay_to_rest(tenant: Tenant, user_ids: Mapping[int, str]) -> None:
    """Give users, by their ids, the user IDs under which only the history knows them, and forget their addresses."""
    _update(LAY_TO_REST, [list(user_ids), list(user_ids.values())], tenant)


def _update(statement: str, columns: Sequence[list[Any]], tenant: Tenant) -> None:
    if columns[0]:
        with connection.cursor() as cursor:
            cursor.execute(statement, [*columns, tenant.pk])
