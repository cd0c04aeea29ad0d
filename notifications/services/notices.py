"""Notices set by hand: they stay until somebody ends them, also past their expected end. Source: domain facts §4.2.

At most one of a kind is active per scope and owner. *No login* closes the door in the same transaction.
"""

from datetime import datetime
from typing import Final
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from licences.models import LoginHold, Tenant, User, UserGroup
from licences.services.login_holds import change_login_hold, clear_login_hold, set_login_hold
from notifications.event_kinds import Notice
from notifications.models import SystemEvent
from notifications.services.event_log import note
from notifications.services.tracker import LOCKS, AlreadyActive
from notifications.services.violations import constraint_of

LONGEST_TEXT: Final = 1000
MESSAGE: Final = 254
"""So much of the text stands in the list."""

Scope = SystemEvent.Scope


class NoText(Exception):
    """A message of the day is what it says."""


class NobodyThere(Exception):
    """The tenant has no such group or user, or the scope is none that a notice can have."""


class HasEnded(Exception):
    """Somebody has ended the notice meanwhile: it stays as it was."""


def set_notice(
    tenant: Tenant,
    *,
    notice: Notice,
    scope: SystemEvent.Scope = Scope.SYSTEM,
    owner: str = "",
    text: str = "",
    expected_at: datetime | None = None,
    by: User,
) -> SystemEvent:
    """Say it from now on to everybody, to a group (by its name) or to a user (by the user ID).

    Raises NoText, NobodyThere and AlreadyActive; then nothing has changed.
    """
    text, now = _checked(notice, text), timezone.now()
    try:
        with transaction.atomic():
            event = SystemEvent.objects.create(
                tenant=tenant,
                key=notice.value,
                run=uuid4().hex,
                name=str(notice.label),
                status=SystemEvent.Status.RUNNING,
                message=_in_short(text),
                description=text,
                scope=scope,
                owner=_owner(tenant, scope, owner),
                activated_at=now,
                activated_by=by if by.tenant_id == tenant.pk else None,
                expected_at=expected_at,
                heartbeat_at=now,
            )
            _close_the_door(event)
            note(event, by=by, note=_("Set."))
    except IntegrityError as error:
        if constraint_of(error) not in LOCKS:
            raise
        raise AlreadyActive(notice) from error
    return event


@transaction.atomic
def change_notice(event: SystemEvent, *, text: str, expected_at: datetime | None, by: User) -> SystemEvent:
    """Say something else, or for longer. Returns it as it is now. Raises NoText and HasEnded."""
    notice = _locked(event)
    text = _checked(Notice(notice.key), text)
    said = _steps(notice, text, expected_at)
    if not said:
        return notice
    notice.description, notice.message, notice.expected_at = text, _in_short(text), expected_at
    notice.save(update_fields=["description", "message", "expected_at"])
    if notice.key == Notice.NO_LOGIN:
        change_login_hold(notice.tenant, key=_key(notice), reason=text, expected_at=expected_at)
    note(notice, by=by, note=" ".join(said))
    return notice


@transaction.atomic
def end_notice(event: SystemEvent, *, by: User) -> SystemEvent:
    """It is over: from now on it is not said, and *No login* lets everybody in again. Raises HasEnded."""
    notice = _locked(event)
    notice.status, notice.finished_at = SystemEvent.Status.SUCCEEDED, timezone.now()
    notice.save(update_fields=["status", "finished_at"])
    if notice.key == Notice.NO_LOGIN:
        clear_login_hold(notice.tenant, key=_key(notice))
    note(notice, by=by, note=_("Ended."))
    return notice


def _locked(event: SystemEvent) -> SystemEvent:
    """The notice as it is now, ours until the transaction is over. Raises HasEnded, also for what is no notice."""
    active = SystemEvent.objects.notices().active().filter(tenant=event.tenant_id, pk=event.pk)
    notice = active.select_related("tenant").select_for_update(no_key=True, of=("self",)).first()
    if notice is None:
        raise HasEnded
    return notice


def _checked(notice: Notice, text: str) -> str:
    text = text.strip()[:LONGEST_TEXT]
    if notice == Notice.MESSAGE_OF_THE_DAY and not text:
        raise NoText
    return text


def _owner(tenant: Tenant, scope: SystemEvent.Scope, owner: str) -> str:
    """Whom it is for, as the tenant writes it. Raises NobodyThere."""
    if scope == Scope.SYSTEM:
        return ""
    found = None
    if scope == Scope.GROUP:
        found = UserGroup.objects.filter(tenant=tenant, name=owner).values_list("name", flat=True).first()
    elif scope == Scope.USER:
        login_id = owner.strip().lower()
        found = User.objects.of(tenant).filter(login_id=login_id).values_list("login_id", flat=True).first()
    if found is None:
        raise NobodyThere(owner)
    return str(found)


def _close_the_door(event: SystemEvent) -> None:
    """Nobody whom *No login* is for may be let in; the other notices keep nobody out."""
    if event.key == Notice.NO_LOGIN:
        set_login_hold(
            event.tenant,
            key=_key(event),
            scope=LoginHold.Scope(event.scope),
            owner=event.owner,
            reason=event.description,
            expected_at=event.expected_at,
        )


def _key(event: SystemEvent) -> str:
    """Whose hold it is that keeps people out."""
    return f"notice:{event.pk}"


def _in_short(text: str) -> str:
    return Truncator(" ".join(text.split())).chars(MESSAGE)


def _steps(notice: SystemEvent, text: str, expected_at: datetime | None) -> list[str]:
    """What is about to change, in words for the log; times are the tenant's."""
    said = []
    if text != notice.description:
        said.append(_("Text changed."))
    if expected_at is None and notice.expected_at is not None:
        said.append(_("No expected end any more."))
    elif expected_at is not None and expected_at != notice.expected_at:
        end = date_format(timezone.localtime(expected_at, notice.tenant.zone), _("j M Y H:i"))
        said.append(_("Expected end is now %(end)s.") % {"end": end})
    return said
