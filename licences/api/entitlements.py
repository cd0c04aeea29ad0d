"""`GET /users/<user_id>/entitlements`: what a user may use, and why or why not."""

import json
from functools import lru_cache
from typing import Annotated, Any

from django.http import Http404, HttpResponse, JsonResponse
from ninja import Field, Path, Router, Schema

from licences.access import ApiRequest
from licences.api.users import UserId, user_of
from licences.bearer import ApiTokenAuth
from licences.models import ApiToken
from licences.reports import entitlements as report
from licences.reports.entitlements import Answers, Entitlement, Reason, SourceKind

router = Router(tags=["Entitlements"])
auth = ApiTokenAuth(ApiToken.Scope.ENTITLEMENTS_READ)

FeatureCode = Annotated[str, Path(description="Code of a feature; a third party's begins with its owner's.")]


class EntitlementSource(Schema):
    """What a feature comes from or, of a refusal, would come from."""

    kind: SourceKind = Field(json_schema_extra={"x-codes": {each.value: str(each.label) for each in SourceKind}})
    code: str
    name: str


class FeatureEntitlement(Schema):
    """The answer for one feature."""

    feature: str
    granted: bool
    reason: Reason = Field(
        description="Stable: new reasons may come, none changes its meaning.",
        json_schema_extra={"x-codes": {each.value: str(each.label) for each in Reason}},
    )
    sources: list[EntitlementSource]


class UserEntitlements(Schema):
    """The answers for one user."""

    user_id: str
    features: list[FeatureEntitlement]


class UserEntitlement(FeatureEntitlement):
    """The answer for one user and one feature."""

    user_id: str


@router.get(
    "/users/{user_id}/entitlements",
    auth=auth,
    response=UserEntitlements,
    operation_id="list_entitlements",
    summary="List what a user may use",
    url_name="entitlements",
)
def entitlements(request: ApiRequest, user_id: UserId) -> HttpResponse:
    """Every feature there is, granted or not. Ask for features, never for plans: what a plan brings may change."""
    user = user_of(request, user_id)
    body = f'{{"user_id": {json.dumps(user.login_id)}, "features": {_features(report.answers(user))}}}'
    return HttpResponse(body, content_type="application/json")


@router.get(
    "/users/{user_id}/entitlements/{feature}",
    auth=auth,
    response=UserEntitlement,
    operation_id="get_entitlement",
    summary="May a user use a feature?",
    url_name="entitlement",
)
def entitlement(request: ApiRequest, user_id: UserId, feature: FeatureCode) -> JsonResponse:
    """One feature, with the reason."""
    user = user_of(request, user_id)
    found = report.entitlement(user, feature)
    if found is None:
        raise Http404
    return JsonResponse({"user_id": user.login_id} | _told(found))


@lru_cache(maxsize=report.KEPT)
def _features(answers: Answers) -> str:
    """Written once for all who hold the same."""
    return json.dumps([_told(each) for each in answers.all])


def _told(found: Entitlement) -> dict[str, Any]:
    """As the schemas say it, without their checks: there are hundreds of features, and somebody waits at each click."""
    return {
        "feature": found.feature,
        "granted": found.granted,
        "reason": found.reason,
        "sources": [{"kind": each.kind, "code": each.code, "name": each.name} for each in found.sources],
    }
