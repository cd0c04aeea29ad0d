"""Rules over many rows that no constraint can hold: SQL that must return no row (`manage.py invariants`).

Each app says its own in `<app>/invariants.py`, as INVARIANTS: the rule as a sentence → a query for what breaks it. The
queries return ids and numbers, never what a person is called.
"""

from importlib import import_module
from typing import Any

from django.apps import apps
from django.db import connection
from django.utils.module_loading import module_has_submodule

from config.tenancy.scopes import support_scope
from config.tenancy.walk import faults

ISOLATED = "every table is as isolated as declared"


def broken_rows() -> dict[str, list[tuple[Any, ...]]]:
    """Every rule of every app, with the rows that break it. Looks at all tenants, in support's scope."""
    with support_scope("check the invariants"), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10min'")
        found: dict[str, list[tuple[Any, ...]]] = {ISOLATED: [(fault.thing, fault.why) for fault in faults(cursor)]}
        for rule, sql in _declared().items():
            cursor.execute(sql)
            found[rule] = cursor.fetchall()
    return found


def _declared() -> dict[str, str]:
    rules: dict[str, str] = {}
    for app in apps.get_app_configs():
        if app.module is not None and module_has_submodule(app.module, "invariants"):
            rules |= import_module(f"{app.name}.invariants").INVARIANTS
    return rules
