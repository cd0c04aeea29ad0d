"""The demo's own licence server: another system in miniature, which knows no login. Only in development."""

import re

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from licences.services.demo_server import demo_answer

ISSUE = re.compile(r"([a-z0-9-]{1,100}):([0-9]{1,9})")


@login_not_required
@require_safe
def licence_server(request: HttpRequest) -> JsonResponse:
    """What is new for the tenant of the query; docs/licence-file.md has the question and the answer."""
    if not settings.DEBUG:
        raise Http404
    issues = (ISSUE.fullmatch(issue) for issue in request.GET.getlist("issue"))
    present = {issue[1]: int(issue[2]) for issue in issues if issue}
    return JsonResponse(demo_answer(request.GET.get("serial_number", ""), present))
