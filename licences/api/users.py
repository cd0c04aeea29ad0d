"""How addresses name a user: by user ID."""

from typing import Annotated

from django.http import Http404
from ninja import Path

from licences.access import ApiRequest
from licences.models import User

UserId = Annotated[str, Path(description="The user ID that the user logs in with, in any case.")]


def user_of(request: ApiRequest, user_id: str) -> User:
    """The tenant's user. Raises Http404 for every other, whether it is another tenant's or nobody's."""
    login_id = user_id.strip().lower()
    users = User.objects.of(request.tenant).filter(login_id=login_id) if "\x00" not in login_id else User.objects.none()
    user: User | None = users.first()
    if user is None:
        raise Http404
    user.tenant = request.tenant
    return user
