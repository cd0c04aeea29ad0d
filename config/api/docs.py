"""The API in words: one page without a script, made from the OpenAPI document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase

type Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """One value that is sent or answered; `name` is its way from the outside, such as `uses[].used_at`."""

    name: str
    type: str
    required: bool
    description: str
    codes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Call:
    """One operation, ready to be read."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    parameters: list[Member]
    headers: list[Member]
    body: list[Member]
    answers: list[tuple[str, str, list[Member]]]
    problems: list[tuple[str, str]]


class DocsPage(DocsBase):
    """What Swagger UI shows, in our own clothes: readable without JavaScript and under a strict policy."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        document = api.get_openapi_schema()
        context = {
            "api": api,
            "groups": groups(document),
            "openapi_url": self.get_openapi_url(api, kwargs),
            "requests_per_minute": settings.API_REQUESTS_PER_MINUTE,
        }
        return render(request, "api/docs.html", context)


def groups(document: Document) -> dict[str, list[Call]]:
    """The calls under the name of their group, in the order of the document."""
    found: dict[str, list[Call]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            (group,) = operation["tags"]
            found.setdefault(group, []).append(_call(document, path, method, operation))
    return found


def _call(document: Document, path: str, method: str, operation: Document) -> Call:
    answers = {int(status): answer for status, answer in operation["responses"].items()}
    return Call(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=operation.get("description", ""),
        scope=" ".join(scope for each in operation.get("security", []) for scopes in each.values() for scope in scopes),
        parameters=_parameters(document, operation, are_headers=False),
        headers=_parameters(document, operation, are_headers=True),
        body=list(_members(document, _schema_of(operation.get("requestBody", {})))),
        answers=[
            (str(status), answer["description"], list(_members(document, _schema_of(answer))))
            for status, answer in answers.items()
            if status < 400
        ],
        problems=[(str(status), answer["description"]) for status, answer in sorted(answers.items()) if status >= 400],
    )


def _parameters(document: Document, operation: Document, *, are_headers: bool) -> list[Member]:
    return [
        _member(document, each["name"], each["schema"], each["required"])
        for each in operation["parameters"]
        if (each["in"] == "header") is are_headers
    ]


def _schema_of(message: Document) -> Document:
    for content in message.get("content", {}).values():
        schema: Document = content["schema"]
        return schema
    return {}


def _members(document: Document, schema: Document, within: str = "") -> Iterator[Member]:
    """Every value inside, with what is inside of it behind it."""
    schema = _resolved(document, schema)
    for name, inner in schema.get("properties", {}).items():
        here = f"{within}{name}"
        yield _member(document, here, inner, name in schema.get("required", []))
        resolved = _resolved(document, inner)
        if resolved.get("type") == "array":
            yield from _members(document, resolved["items"], f"{here}[].")
        else:
            yield from _members(document, resolved, f"{here}.")


def _member(document: Document, name: str, schema: Document, required: bool) -> Member:
    resolved = _resolved(document, schema)
    return Member(
        name=name,
        type=" or ".join(_types(document, schema)),
        required=required,
        description=schema.get("description", ""),
        codes=schema.get("x-codes", resolved.get("x-codes", {})),
    )


def _types(document: Document, schema: Document) -> list[str]:
    if "anyOf" in schema:
        return [kind for each in schema["anyOf"] for kind in _types(document, each)]
    resolved = _resolved(document, schema)
    kind = str(resolved.get("format", resolved.get("type", "any")))
    if kind == "array":
        return [f"list of {' or '.join(_types(document, resolved['items']))}"]
    return [kind]


def _resolved(document: Document, schema: Document) -> Document:
    """What a reference stands for; of an optional thing, the thing."""
    if "$ref" in schema:
        named: Document = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        return named
    present = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
    return _resolved(document, present[0]) if len(present) == 1 else schema
