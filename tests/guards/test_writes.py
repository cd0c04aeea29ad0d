"""Rows are written by services, and by nothing else. Source: style §3."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.guards.tree import PACKAGES, functions, modules, name_of, tree_of

WRITES = re.compile(r"^a?(save|create|update|delete|get_or_create|update_or_create|bulk_create|bulk_update)$")
SQL = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM|TRUNCATE)\s", re.IGNORECASE)

NOT_SERVICES = [path for path in modules(*PACKAGES) if "services" not in path.parts]

ALLOWED = {
    "config/bootstrap.py: venv.create": "a virtual environment",
    "config/supervisor.py: os.environ.update": "the process's own environment",
    "licences/plan_features.py: numbers.update": "a Counter",
    "licences/api/holds.py: router.delete": "a route: what answers DELETE",
    "licences/adapter.py: user.save": "allauth asks its adapter to set the password",
    "licences/forms/accounts.py: super().save": "allauth's form, which asks the adapter",
}
"""`module: what is called` → why that is no write, or may be one."""


def writes(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and WRITES.match(node.func.attr):
            yield f"{name_of(path)}: {ast.unparse(node.func)}"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
            yield f"{name_of(path)}: {node.value.strip()[:40]}"


def test_nothing_but_services_writes_rows() -> None:
    assert {write for path in NOT_SERVICES for write in writes(path)} - ALLOWED.keys() == set()


def test_each_exception_is_still_there() -> None:
    assert ALLOWED.keys() - {write for path in NOT_SERVICES for write in writes(path)} == set()


def test_save_names_the_fields_it_saves() -> None:
    """So that a row read earlier takes nothing back that somebody else has written since."""
    services = [path for path in modules(*PACKAGES) if "services" in path.parts]
    whole = [
        f"{name_of(path)}: {ast.unparse(node)}"
        for path in services
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "save"
        and "update_fields" not in {keyword.arg for keyword in node.keywords}
    ]

    assert whole == []


def test_no_service_takes_a_request() -> None:
    services = [path for path in modules(*PACKAGES) if "services" in path.parts]
    takes = [
        f"{name_of(path)}:{function.name}"
        for path in services
        for function in functions(path)
        if "request" in {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}
    ]

    assert takes == []
