"""What can be found by the search, said once: each kind with its source, its words, its address and who may find it.

The documents themselves are kept by triggers (notifications/search_triggers.py, docs/adr/0013): a new kind is an entry
here and a migration with its triggers.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licences.models import CustomerRequest, Licence, Tenant, User
from licences.reports.requests import state_word
from notifications.models import SystemEvent

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Shown:
    """How one thing that was found is shown: where it is, what it says of itself, and in what state it is."""

    address: str
    text: str
    state: "StrOrPromise" = ""
    initials: str = ""


@dataclass(frozen=True, slots=True)
class SearchKind:
    """One kind of thing. `title` and `body` are the fields of `source` whose words find it, its title first.

    `in_language` says that words are found in all their forms; names are not. `newest_first` is the order of what fits
    equally well. `show` reads what is shown of those with these ids; one that is gone is left out.
    """

    code: str
    name: "StrOrPromise"
    icon: str
    source: type[Model]
    title: str
    body: tuple[str, ...]
    for_members: bool
    in_language: bool
    newest_first: bool
    show: Callable[[Tenant, Collection[int]], dict[int, Shown]]


def _licences(tenant: Tenant, ids: Collection[int]) -> dict[int, Shown]:
    licences = Licence.objects.listed().in_force().filter(tenant=tenant, pk__in=ids)
    return {
        licence.pk: Shown(_address(licence), licence.type.tooltip)
        for licence in licences.select_related("type", "licence_set__owner")
    }


def _address(licence: Licence) -> str:
    owner, code = licence.licence_set.owner, licence.type.code
    if owner.is_vendor:
        return reverse("licences:superoffice_licence", args=[code])
    return reverse("licences:owner_licence", args=[owner.code, code])


def _users(tenant: Tenant, ids: Collection[int]) -> dict[int, Shown]:
    return {
        user.pk: Shown(
            reverse("licences:user", args=[user.pk]),
            f"{user.login_id} · {user.email}",
            _("Former employee") if user.is_former_employee else "",
            user.initials,
        )
        for user in User.objects.of(tenant).filter(pk__in=ids)
    }


def _requests(tenant: Tenant, ids: Collection[int]) -> dict[int, Shown]:
    moment = _("j M Y")
    return {
        request.pk: Shown(
            reverse("licences:request", args=[request.pk]),
            f"{request.number} · {request.description}",
            f"{state_word(request)} · {date_format(timezone.localtime(request.submitted_at), moment)}",
        )
        for request in CustomerRequest.objects.filter(tenant=tenant, pk__in=ids)
    }


def _events(tenant: Tenant, ids: Collection[int]) -> dict[int, Shown]:
    moment = _("j M Y H:i")
    return {
        event.pk: Shown(
            reverse("notifications:event", args=[event.pk]),
            f"{event.message} {event.description}".strip(),
            f"{event.status_label} · {date_format(timezone.localtime(event.activated_at), moment)}",
        )
        for event in SystemEvent.objects.of(tenant).filter(pk__in=ids)
    }


KINDS = {
    kind.code: kind
    for kind in (
        SearchKind(
            code="licence",
            name=gettext_lazy("Licences"),
            icon="key-round",
            source=Licence,
            title="name",
            body=("type__code",),
            for_members=True,
            in_language=True,
            newest_first=False,
            show=_licences,
        ),
        SearchKind(
            code="user",
            name=gettext_lazy("Users"),
            icon="users",
            source=User,
            title="full_name",
            body=("login_id", "email"),
            for_members=False,
            in_language=False,
            newest_first=False,
            show=_users,
        ),
        SearchKind(
            code="request",
            name=gettext_lazy("Requests"),
            icon="message-square",
            source=CustomerRequest,
            title="title",
            body=("description",),
            for_members=False,
            in_language=True,
            newest_first=True,
            show=_requests,
        ),
        SearchKind(
            code="event",
            name=gettext_lazy("System events"),
            icon="bell",
            source=SystemEvent,
            title="name",
            body=("message", "description"),
            for_members=True,
            in_language=True,
            newest_first=True,
            show=_events,
        ),
    )
}
"""By code, in the order of the page."""


def kinds_for(*, sees_all: bool) -> list[SearchKind]:
    """The kinds that somebody may find something of."""
    return [kind for kind in KINDS.values() if sees_all or kind.for_members]
