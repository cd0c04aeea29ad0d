"""How notices may be typed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from licences.models import Tenant, User, UserGroup
from notifications.event_kinds import NOTICE_MEANING, Notice
from notifications.models import SystemEvent
from notifications.services.notices import LONGEST_TEXT

if TYPE_CHECKING:
    from django.forms.boundfield import BoundWidget
    from django_stubs_ext import StrOrPromise

FARTHEST: Final = timedelta(days=366)
MINUTES: Final = "%Y-%m-%dT%H:%M"

Scope = SystemEvent.Scope

KINDS: Final = (Notice.MESSAGE_OF_THE_DAY, Notice.NO_LOGIN, Notice.NO_FREETEXT, Notice.NO_TRAVEL)
"""In the order in which they are offered."""

FOR_WHOM: "Final[list[tuple[str, StrOrPromise]]]" = [
    (Scope.SYSTEM.value, _("Everybody")),
    (Scope.GROUP.value, _("A group")),
    (Scope.USER.value, _("A user")),
]


class ExpectedEndField(forms.DateTimeField):
    """When it should be over, by the clock of the tenant; it may be left empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Expected end (optional)"),
            required=False,
            input_formats=[MINUTES, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MINUTES),
            **kwargs,
        )


class NoticeTextForm(forms.Form):
    """What a notice says, and until when: all of it that can be changed. `present` is the end that it has now, which
    may be past: nobody has to move it to change the text."""

    text = forms.CharField(
        label=_("Text"), required=False, max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 4})
    )
    expected_at = ExpectedEndField(
        help_text=_("Shown to the readers; the notice stays until somebody ends it. In the organisation's time zone.")
    )

    def __init__(self, *args: Any, key: str = "", present: datetime | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key, self.present = key, present

    @property
    def words(self) -> list[forms.BoundField]:
        """What is said, and until when."""
        return [self["text"], self["expected_at"]]

    def clean_expected_at(self) -> datetime | None:
        end: datetime | None = self.cleaned_data["expected_at"]
        if end is None or (self.present and end == self.present.replace(second=0, microsecond=0)):
            return end and self.present
        if end <= timezone.now():
            raise ValidationError(_("This time is past already."))
        if end > timezone.now() + FARTHEST:
            raise ValidationError(_("That is more than a year away."))
        return end

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        is_silent = not cleaned.get("text", "").strip() and "text" not in self.errors
        if is_silent and cleaned.get("notice", self.key) == Notice.MESSAGE_OF_THE_DAY:
            self.add_error("text", _("Write the message."))
        return cleaned


class NoticeForm(NoticeTextForm):
    """A new notice of a tenant: which, for whom, what it says. *No login* is asked about once more."""

    notice = forms.ChoiceField(
        label=_("Notice"),
        choices=[(each.value, each.label) for each in KINDS],
        initial=Notice.MESSAGE_OF_THE_DAY.value,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a notice."), "invalid_choice": _("Choose a notice.")},
    )
    scope = forms.ChoiceField(
        label=_("For whom"),
        choices=FOR_WHOM,
        initial=Scope.SYSTEM.value,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose for whom."), "invalid_choice": _("Choose for whom.")},
    )
    group = forms.ChoiceField(
        label=_("Group"),
        required=False,
        error_messages={"invalid_choice": _("There is no such group any more.")},
        widget=forms.Select(attrs={"class": "select"}),
    )
    user = forms.CharField(
        label=_("User ID"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    sure = forms.BooleanField(label=_("Keep them out"), required=False)

    field_order = ("notice", "scope", "group", "user", "text", "expected_at", "sure")

    def __init__(self, tenant: Tenant, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant
        groups: forms.ChoiceField = self.fields["group"]  # type: ignore[assignment]
        names = UserGroup.objects.filter(tenant=tenant).values_list("name", flat=True)
        groups.choices = [("", ""), *((name, name) for name in names)]
        if self.data.get("notice") != Notice.NO_LOGIN:
            del self.fields["sure"]

    def clean_user(self) -> str:
        typed: str = self.cleaned_data["user"].strip().lower()
        if typed and not User.objects.of(self.tenant).filter(login_id=typed).exists():
            raise ValidationError(_("There is no user with this ID."))
        return typed

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        scope = cleaned.get("scope")
        if scope == Scope.GROUP and not cleaned.get("group") and "group" not in self.errors:
            self.add_error("group", _("Choose the group."))
        if scope == Scope.USER and not cleaned.get("user") and "user" not in self.errors:
            self.add_error("user", _("Write the user's ID."))
        if "sure" in self.fields and not self.errors and not cleaned["sure"]:
            self.add_error("sure", self._who_is_kept_out())
            self.fields["sure"].widget.attrs["autofocus"] = True  # it stands below the fold of most screens
        return cleaned

    @property
    def owner(self) -> str:
        """The name of the group or the user ID that a valid form is about."""
        typed: dict[str, str] = {Scope.GROUP: self.cleaned_data["group"], Scope.USER: self.cleaned_data["user"]}
        return typed.get(self.cleaned_data["scope"], "")

    @property
    def whose(self) -> list[forms.BoundField]:
        """Which group, or which user."""
        return [self["group"], self["user"]]

    def kinds(self) -> "Iterator[tuple[BoundWidget, StrOrPromise]]":
        """Each notice that can be chosen, with what it means."""
        for option in self["notice"]:
            yield option, NOTICE_MEANING[Notice(option.data["value"])]

    def _who_is_kept_out(self) -> ValidationError:
        """How many it is about: one hears it before one does it."""
        affected = User.objects.of(self.tenant).able_to_log_in().exclude(role=User.Role.ADMINISTRATOR)
        if self.cleaned_data["scope"] == Scope.GROUP:
            affected = affected.filter(primary_group__name=self.cleaned_data["group"])
        elif self.cleaned_data["scope"] == Scope.USER:
            affected = affected.filter(login_id=self.cleaned_data["user"])
        count = affected.count()
        said = ngettext(
            "%(count)d user is kept out until the notice is ended. Whoever is logged in is shown out at once, and "
            "loses what is not saved. Confirm that this is what you want.",
            "%(count)d users are kept out until the notice is ended. Whoever is logged in is shown out at once, and "
            "loses what is not saved. Confirm that this is what you want.",
            count,
        )
        nobody = _("Nobody is kept out by this: system administrators can always log in. Confirm it all the same.")
        return ValidationError(said % {"count": count} if count else nobody)
