"""What every page of the console may say."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from notifications.reports.bulletin import Bulletin, bulletin_for

CLOSED = "closed_notices"
"""Session key: the names of the banners that this browser's user has closed."""


def bulletin(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `bulletin`, read when a template first looks at it. Nobody looks in Django admin, nor in what
    answers without a page."""
    return {"bulletin": SimpleLazyObject(lambda: bulletin_of(request))}


def bulletin_of(request: HttpRequest) -> Bulletin:
    """What is to be said to whoever asks."""
    tenant = getattr(request, "tenant", None)
    user = request.user if tenant is not None and request.user.is_authenticated else None
    return bulletin_for(user, tenant, closed=request.session.get(CLOSED, ()))
