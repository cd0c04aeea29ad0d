"""How licence files, and what becomes of superfluous licences, may be typed."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from licences.models import Licence
from licences.reports.superfluous import AT_ONCE, Target

LARGEST_FILE: Final = 256 * 1024
"""Bytes of a licence file; a real one has some thousands."""


class LicenceFileForm(forms.Form):
    """A licence file. What it says is judged by the service that takes it in."""

    file = forms.FileField(
        label=_("Licence file"),
        help_text=_("The file that the licence's owner sent you, at most 256 KiB."),
        allow_empty_file=True,
        error_messages={"required": _("Choose a licence file. It may have 256 KiB at most.")},
    )

    def clean_file(self) -> bytes:
        """Its bytes: of a file that is too large no more is read than shows it."""
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        content: bytes = upload.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise ValidationError(_("This file is too large for a licence file: it may have 256 KiB at most."))
        return content


class RemovalForm(forms.Form):
    """Why a third party's licences are removed, for the history."""

    why = forms.CharField(
        label=_("Why"), required=False, max_length=300, help_text=_("For the history. You may leave it empty.")
    )


class UserIdsField(forms.Field):
    """Ids of users that were ticked, whosever they are: the change itself finds out who has what. What is no id is
    left out."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: list[str] | None) -> list[int]:
        ids = [int(each) for each in value or [] if each.isdecimal() and len(each) < 19]
        if len(ids) > AT_ONCE:
            raise ValidationError(_("At most %(most)d users can be changed at once."), params={"most": AT_ONCE})
        return ids


class SuperfluousForm(forms.Form):
    """Who gives a licence back, or gets which other one instead; and why. `set` is the set that one has seen."""

    REMOVE, REASSIGN = "remove", "reassign"

    set = forms.IntegerField(widget=forms.HiddenInput)
    do = forms.ChoiceField(choices=[(REMOVE, _("Remove")), (REASSIGN, _("Reassign"))])
    user = UserIdsField(error_messages={"required": _("Tick those who are to give the licence back.")})
    why = forms.CharField(label=_("Why"), required=False, max_length=300)

    def __init__(self, targets: Sequence[Target], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.targets = {each.key: each for each in targets}
        choices = [(key, _label(each)) for key, each in self.targets.items()]
        self.fields["to"] = forms.ChoiceField(required=False, label=_("Reassign to"), choices=choices)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("do") == self.REASSIGN and "to" in cleaned:
            self._check_target(len(cleaned.get("user", [])))
        return cleaned

    def _check_target(self, users: int) -> None:
        target = self.targets.get(self.cleaned_data["to"])
        if target is None:
            self.add_error("to", _("Choose the licence that they are to have instead."))
        elif target.free is not None and users > target.free:
            said = ngettext(
                "%(name)s has %(free)d free seat, you ticked %(users)d users.",
                "%(name)s has %(free)d free seats, you ticked %(users)d users.",
                target.free,
            )
            self.add_error("to", said % {"name": target.licence.name, "free": target.free, "users": users})

    @property
    def to_licence(self) -> Licence | None:
        """What a valid form gives instead; None when the licence is only taken."""
        is_reassignment = self.cleaned_data["do"] == self.REASSIGN
        return self.targets[self.cleaned_data["to"]].licence if is_reassignment else None


def _label(target: Target) -> str:
    if target.free is None:
        return _("%(name)s (unlimited)") % {"name": target.licence.name}
    return _("%(name)s (%(free)d free)") % {"name": target.licence.name, "free": target.free}
