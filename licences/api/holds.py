"""`PUT` and `DELETE /users/<user_id>/holds/<key>`: open work that keeps a user's plans from being taken."""

from datetime import datetime
from typing import Annotated

from ninja import Field, Path, Router, Schema
from ninja.responses import Status

from config.api.fields import Body, Words
from licences.access import ApiRequest
from licences.api.users import UserId, user_of
from licences.bearer import ApiTokenAuth
from licences.models import ApiToken, Hold
from licences.services.holds import clear_hold, set_hold

router = Router(tags=["Open work"])
auth = ApiTokenAuth(ApiToken.Scope.LICENCES_WRITE)

HoldKey = Annotated[
    str,
    Path(
        max_length=100,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$",
        description="Names the work; each source has keys of its own.",
    ),
]


class OpenWork(Body):
    """What keeps the user's plans."""

    reason: Words = Field(
        max_length=200,
        description="Read by whoever is refused the plan.",
        examples=["12 open requests"],
    )


class HeldPlans(Schema):
    """Open work as it is known."""

    user_id: str
    key: str
    source: str
    reason: str
    set_at: datetime = Field(description="When it was first reported.")


@router.put(
    "/users/{user_id}/holds/{key}",
    auth=auth,
    response={200: HeldPlans, 201: HeldPlans},
    operation_id="set_hold",
    summary="Report open work",
    url_name="hold",
)
def put_hold(request: ApiRequest, user_id: UserId, key: HoldKey, body: OpenWork) -> Status[HeldPlans]:
    """As long as it is there, none of the user's plans can be taken, and the refusal gives the reason. Reporting it
    again changes the reason and nothing else."""
    user = user_of(request, user_id)
    hold, is_new = set_hold(user, source=request.auth.source, key=key, reason=body.reason.strip())
    return Status(201 if is_new else 200, _told(hold, user.login_id))


@router.delete(
    "/users/{user_id}/holds/{key}",
    auth=auth,
    response={204: None},
    operation_id="clear_hold",
    summary="Report that open work is done",
    url_name="hold",
)
def delete_hold(request: ApiRequest, user_id: UserId, key: HoldKey) -> Status[None]:
    """What is not known, or is another source's, stays as it is, with the same answer."""
    clear_hold(user_of(request, user_id), source=request.auth.source, key=key)
    return Status(204, None)


def _told(hold: Hold, user_id: str) -> HeldPlans:
    return HeldPlans(user_id=user_id, key=hold.key, source=hold.source, reason=hold.reason, set_at=hold.set_at)
