"""`POST /users/last-use`: when users last used the product."""

from typing import Annotated, Literal

from ninja import Field, Router, Schema
from ninja.responses import Status

from config.api.fields import Body, Moment, Text
from config.api.problems import Kind, Problem
from licences.access import ApiRequest
from licences.bearer import ApiTokenAuth
from licences.models import ApiToken
from licences.services.use import Refusal, Use, record_use

router = Router(tags=["Use"])

MOST_USES = 1_000
KINDS = {refusal: Kind(refusal.value, 422, refusal.label) for refusal in Refusal}
PROBLEMS = tuple(KINDS.values())
"""What one use may be refused for."""


class LastUse(Body):
    """A user was using the product."""

    user_id: Text = Field(max_length=100, description="The user ID that the user logs in with.")
    used_at: Moment = Field(description="From 35 days ago to 5 minutes ahead.", examples=["2026-11-26T09:30:00Z"])


class LastUses(Body):
    """A batch of them, in any order."""

    uses: Annotated[list[LastUse], Field(max_length=MOST_USES, description="At most 1,000.")]


class UseProblem(Schema):
    """Why a use was not taken."""

    type: str
    title: str
    status: int


class UseResult(Schema):
    """What became of one use."""

    index: int = Field(description="Its place in the batch, from 0.")
    user_id: str
    status: Literal["accepted", "rejected"]
    problem: UseProblem | None = None


class UseResults(Schema):
    """What became of each use, in order."""

    accepted: int
    rejected: int
    results: list[UseResult]


@router.post(
    "/users/last-use",
    auth=ApiTokenAuth(ApiToken.Scope.LICENCES_WRITE),
    response={200: UseResults, 207: UseResults},
    exclude_none=True,
    operation_id="report_last_use",
    summary="Report use",
    url_name="last_use",
)
def report_last_use(request: ApiRequest, body: LastUses) -> Status[UseResults]:
    """Counts the days on which each user used the product, in the tenant's calendar, and keeps the last moment.
    Reporting something twice, or late, does no harm. 207 says that at least one use was rejected; the others count."""
    answers = record_use(request.tenant, uses=[Use(use.user_id, use.used_at) for use in body.uses])
    results = [
        UseResult(index=index, user_id=use.user_id, status="rejected" if refusal else "accepted", problem=_why(refusal))
        for index, (use, refusal) in enumerate(zip(body.uses, answers, strict=True))
    ]
    rejected = sum(refusal is not None for refusal in answers)
    told = UseResults(accepted=len(results) - rejected, rejected=rejected, results=results)
    return Status(207 if rejected else 200, told)


def _why(refusal: Refusal | None) -> UseProblem | None:
    return None if refusal is None else UseProblem(**Problem(KINDS[refusal]).as_object())
