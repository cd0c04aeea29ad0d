"""`Idempotency-Key`: the header by which the same request sent again is answered the same, and does nothing."""

import hashlib
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import quote

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import Header, Schema

from config.api.problems import MEDIA_TYPE, Kind, Problem
from licences.access import ApiRequest
from licences.services.api_answers import Answered, KeyReused, answer_once

REPLAYED: Final = "Idempotency-Replayed"
LONGEST_ROUTE: Final = 200
"""No address of ours is longer; what is, is answered that there is nothing."""
KEY_REUSED = Kind(
    "idempotency-key-reused", HTTPStatus.CONFLICT, gettext_lazy("The key came with another request before")
)

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]*$",
        description="Names the request: sent again within 7 days it is answered the same, with the header "
        f"{REPLAYED}, and does nothing. Without it nothing protects from doing it twice.",
    ),
]


def answered_once(
    request: ApiRequest, key: str | None, body: Schema, effect: Callable[[], dict[str, Any]]
) -> HttpResponse:
    """The answer of `effect`, or the first one to the same key. A problem that `effect` raises is an answer too."""
    if key is None:
        return _response(Answered(HTTPStatus.OK, json.dumps(effect(), cls=DjangoJSONEncoder)))
    try:
        answered = answer_once(
            request.tenant,
            source=request.auth.source,
            route=f"{request.method} {quote(request.path)}"[:LONGEST_ROUTE],
            key=key,
            body_hash=hashlib.sha256(body.model_dump_json().encode()).hexdigest(),
            effect=lambda: _answered(effect),
        )
    except KeyReused:
        raise Problem(KEY_REUSED, _("Send another key with another body.")) from None
    return _response(answered)


def _answered(effect: Callable[[], dict[str, Any]]) -> Answered:
    try:
        return Answered(HTTPStatus.OK, json.dumps(effect(), cls=DjangoJSONEncoder))
    except Problem as problem:
        return Answered(problem.kind.status, json.dumps(problem.as_object()))


def _response(answered: Answered) -> HttpResponse:
    is_problem = answered.status >= HTTPStatus.BAD_REQUEST
    headers = {REPLAYED: "true"} if answered.is_replay else {}
    media_type = MEDIA_TYPE if is_problem else "application/json"
    return HttpResponse(answered.body, status=answered.status, content_type=media_type, headers=headers)
