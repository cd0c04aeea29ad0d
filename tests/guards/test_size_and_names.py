"""Files and functions stay small, and are named for what they are about. Source: style §1, §6."""

import ast
from pathlib import Path

import pytest

from tests.guards.tree import PACKAGES, ROOT, TEMPLATES, functions, lines_in, modules, name_of, tree_of

MODULE, FUNCTION, VIEW, TASK, TEMPLATE, SETTINGS, SCRIPT = 400, 40, 20, 5, 150, 250, 100
NO_NAMES = {"utils", "helpers", "common", "core", "managers", "selectors", "signals", "constants"}
EVERYWHERE = modules(*PACKAGES, "tests", "benchmarks")
OURS = modules(*PACKAGES)


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


def work(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize(
    ("files", "longest"),
    [
        (EVERYWHERE, MODULE),
        (TEMPLATES, TEMPLATE),
        ([ROOT / "config/settings.py"], SETTINGS),
        ([ROOT / "static/app.js"], SCRIPT),
    ],
    ids=["modules", "templates", "settings", "script"],
)
def test_no_file_is_too_long(files: list[Path], longest: int) -> None:
    assert {name_of(path): lines_in(path) for path in files if lines_in(path) > longest} == {}


def test_no_function_is_too_long() -> None:
    lengths = {f"{name_of(path)}:{each.name}": length(each) for path in OURS for each in functions(path)}

    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION} == {}


def test_no_view_is_too_long() -> None:
    views = [path for path in OURS if "views" in path.parts or path.name == "views.py"]
    bodies = {f"{name_of(path)}:{each.name}": work(each) for path in views for each in functions(path)}

    assert views
    assert {name: lines for name, lines in bodies.items() if lines > VIEW} == {}


def test_a_task_is_a_service_call() -> None:
    tasks = {
        f"{name_of(path)}:{each.name}": work(each)
        for path in OURS
        for each in functions(path)
        if any("shared_task" in ast.unparse(decorator) for decorator in each.decorator_list)
    }

    assert tasks
    assert {name: lines for name, lines in tasks.items() if lines > TASK} == {}


def test_no_module_is_named_for_its_kind() -> None:
    assert [name_of(path) for path in EVERYWHERE if NO_NAMES & {path.stem, *path.parent.parts}] == []


def test_each_module_says_what_it_is() -> None:
    spoken = [path for path in OURS if path.read_text().strip() and path.name != "apps.py"]

    assert [name_of(path) for path in spoken if not ast.get_docstring(tree_of(path))] == []
