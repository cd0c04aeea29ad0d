"""How changes of users may be typed."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from licences.models import Licence
from licences.reports.user_licences import UserLicences, plans
from licences.services.user_changes import Action, UserChange

WHY_LENGTH: Final = 300


class WhyField(forms.CharField):
    """Why something is changed, for the history. It may be left empty."""

    def __init__(self) -> None:
        super().__init__(label=_("Why"), required=False, max_length=WHY_LENGTH)


class UsersChangeForm(forms.Form):
    """An action on several users: the licences that it is about, why, and how many users one has seen listed."""

    why = WhyField()
    count = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, action: Action, licences: UserLicences, asked: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.action, self.asked = action, asked
        self.licences = licences if action != Action.REASSIGN else plans(licences)
        choices = [(key, licence.name) for key, licence in self.licences.items()]
        for name, label, missing in (
            ("take", _("Licence to take back"), _("Choose the licence to take back.")),
            ("give", _("Licence to give"), _("Choose the licence to give.")),
        ):
            if action.takes if name == "take" else action.gives:
                self.fields[name] = forms.ChoiceField(
                    label=label, choices=choices, error_messages={"required": missing, "invalid_choice": missing}
                )

    def clean_count(self) -> int:
        """More or fewer users than one has seen are not changed unseen."""
        count: int = self.cleaned_data["count"]
        if count != self.asked:
            raise ValidationError(
                ngettext(
                    "The list has changed meanwhile: it is %(count)d user now. Look again, then go on.",
                    "The list has changed meanwhile: it is %(count)d users now. Look again, then go on.",
                    self.asked,
                ),
                params={"count": self.asked},
            )
        return count

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.action == Action.REASSIGN and cleaned.get("take") and cleaned.get("take") == cleaned.get("give"):
            self.add_error("give", _("Choose another licence than the one that is taken."))
        return cleaned

    @property
    def change(self) -> UserChange:
        """What a valid form says."""
        return UserChange(self.action, take=self._licence("take"), give=self._licence("give"))

    def _licence(self, name: str) -> Licence | None:
        return self.licences.get(self.cleaned_data.get(name, ""))


class UserLicencesForm(forms.Form):
    """The licences of one user: what was ticked when the page was made, and what is ticked now.

    Only what somebody ticked or unticked is changed: what others did meanwhile stays.
    """

    why = WhyField()

    def __init__(self, licences: UserLicences, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.licences = licences
        for name in ("was", "licence"):
            choices = [(key, licence.name) for key, licence in licences.items()]
            self.fields[name] = forms.MultipleChoiceField(choices=choices, required=False)

    @property
    def take(self) -> frozenset[Licence]:
        """What was unticked."""
        return self._licences(set(self.cleaned_data["was"]) - set(self.cleaned_data["licence"]))

    @property
    def give(self) -> frozenset[Licence]:
        """What was ticked."""
        return self._licences(set(self.cleaned_data["licence"]) - set(self.cleaned_data["was"]))

    def _licences(self, keys: set[str]) -> frozenset[Licence]:
        return frozenset(self.licences[key] for key in keys)
