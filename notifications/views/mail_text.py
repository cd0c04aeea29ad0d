"""The HTML of a mail as an answer of its own, for a frame: it can run nothing, fetch nothing and lead nowhere."""

from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse
from django.utils.csp import CSP

OF_A_MAIL: Final[dict[str, Any]] = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.UNSAFE_INLINE],  # mail clients know no style sheets
    "frame-ancestors": [CSP.SELF],
    "sandbox": True,
}
WITH_A_MAIL: Final[dict[str, Any]] = settings.SECURE_CSP | {"frame-src": [CSP.SELF]}
"""The policy of a page that shows a mail in a frame."""


def framed(html: str) -> HttpResponse:
    response = HttpResponse(html)
    response._csp_config = OF_A_MAIL  # type: ignore[attr-defined]  # what csp_override sets
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
