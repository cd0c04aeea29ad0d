"""Send a request from a form; what stands in the way is said in the form."""

from typing import Any

from django.contrib import messages
from django.utils.translation import gettext as _

from licences.access import ConsoleRequest
from licences.forms.requests import RequestForm
from licences.models import CustomerRequest
from licences.services.customer_requests import OpenAlready, TooMany, submit_request
from licences.services.request_files import TooManyFiles
from licences.services.service_clocks import NoPolicy


def send(request: ConsoleRequest, form: RequestForm, **what: Any) -> CustomerRequest | None:
    """The request that was sent, or the open one that asks for the same; None when the form says why there is none."""
    values = form.cleaned_data
    try:
        return submit_request(
            request.tenant,
            description=values["description"],
            contact=form.contact,
            affected_users=values["affected_users"],
            all_users=values["all_users"],
            by=request.user,
            form_key=form.key,
            **what,
        )
    except OpenAlready as there:
        messages.info(request, _("There is a request for this limit already. Add to it what you have to say."))
        return there.request
    except (TooMany, TooManyFiles) as reason:
        form.add_error("attachments" if isinstance(reason, TooManyFiles) else None, str(reason))
    except NoPolicy:
        form.add_error(None, _("Requests cannot be sent yet: the support desk has no hours. Tell your vendor."))
    return None
