"""The OpenAPI document, with what every address has in common written into each operation."""

from typing import Any, Final

from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from config.api import problems
from config.api.bearer import BearerAuth
from config.api.problems import MEDIA_TYPE, Kind

PROBLEM: Final = {
    "title": "Problem",
    "description": "An error as RFC 9457 has it. `type` is stable; texts may change.",
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemPlace"}},
    },
    "required": ["type", "title", "status"],
}
PLACE: Final = {
    "title": "ProblemPlace",
    "description": "Where in the request something is wrong: a JSON pointer into the body, or the name of a parameter.",
    "type": "object",
    "properties": {
        "pointer": {"type": "string"},
        "parameter": {"type": "string"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
    "required": ["code", "detail"],
}
ALWAYS: Final = (problems.NO_TOKEN, problems.MISSING_SCOPE, problems.TOO_MANY)
WITH_BODY: Final = (problems.MALFORMED, problems.TOO_LARGE, problems.WRONG_MEDIA_TYPE)


class Description(OpenAPISchema):
    """OpenAPI 3.1; each operation names its scope and the problems that it may answer with."""

    def operation_details(self, operation: Operation) -> dict[str, Any]:
        details: dict[str, Any] = super().operation_details(operation)
        for kind in _problems_of(operation):
            details["responses"].setdefault(int(kind.status), response_of(kind))
        return details

    def operation_security(self, operation: Operation) -> list[dict[str, Any]] | None:
        super().operation_security(operation)
        return [
            {type(auth).__name__: [auth.scope]} for auth in operation.auth_callbacks if isinstance(auth, BearerAuth)
        ]

    def get_components(self) -> dict[str, Any]:
        components: dict[str, Any] = super().get_components()
        components["schemas"] |= {"Problem": PROBLEM, "ProblemPlace": PLACE}
        return components


def _problems_of(operation: Operation) -> list[Kind]:
    sources = {model.__ninja_param_source__ for model in operation.models}
    kinds = list(ALWAYS)
    if "body" in sources:
        kinds += WITH_BODY
    if "path" in sources:
        kinds.append(problems.NOT_FOUND)
    if sources:
        kinds.append(problems.INVALID)
    return kinds


def response_of(*kinds: Kind) -> dict[str, Any]:
    """How an operation describes problems of its own with one status, in `openapi_extra`."""
    return {
        "description": "; ".join(str(kind.title) for kind in kinds),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
