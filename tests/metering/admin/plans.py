"""How PostgreSQL answers support, and the workers: which see the rows of every tenant."""

import json
from collections.abc import Iterator
from typing import Any

from django.db import connection

from config.tenancy.scopes import support_scope
from tests.test_query_counts import nodes


def plan_of(sql: str) -> Iterator[dict[str, Any]]:
    """Every node of the plan."""
    with support_scope("a test looks at plans"), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        ((found,),) = cursor.fetchall()
    (whole,) = json.loads(found) if isinstance(found, str) else found
    yield from nodes(whole["Plan"])
