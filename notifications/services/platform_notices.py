"""What support staff tell every tenant, on the login page too, until they end it."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from notifications.models import PlatformNotice
from notifications.services.notices import LONGEST_TEXT, HasEnded, NoText


def set_platform_notice(*, text: str, expected_at: datetime | None = None) -> PlatformNotice:
    """Tell everybody from now on. Raises NoText."""
    return PlatformNotice.objects.create(text=_checked(text), expected_at=expected_at)


@transaction.atomic
def change_platform_notice(notice: PlatformNotice, *, text: str, expected_at: datetime | None) -> PlatformNotice:
    """Tell them something else, or for longer. Raises NoText and HasEnded."""
    current = _locked(notice)
    current.text, current.expected_at = _checked(text), expected_at
    current.save(update_fields=["text", "expected_at"])
    return current


@transaction.atomic
def end_platform_notice(notice: PlatformNotice) -> PlatformNotice:
    """It is over. Raises HasEnded."""
    current = _locked(notice)
    current.ended_at = timezone.now()
    current.save(update_fields=["ended_at"])
    return current


def _locked(notice: PlatformNotice) -> PlatformNotice:
    current = PlatformNotice.objects.active().select_for_update().filter(pk=notice.pk).first()
    if current is None:
        raise HasEnded
    return current


def _checked(text: str) -> str:
    text = text.strip()[:LONGEST_TEXT]
    if not text:
        raise NoText
    return text
