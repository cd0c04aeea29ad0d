"""What support types to agree on another limit than the plan's."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licences.models import Tenant

MOST: Final = 1_000_000
FURTHEST: Final = timedelta(days=3653)
"""Ten years: nothing is agreed for longer, but for ever."""
LAST_TOO_FAR: Final = gettext_lazy("That is more than ten years ahead. Leave it empty for ever.")


def day(label: Any, help_text: Any) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=widget, help_text=help_text)


def is_too_far(day: date | None, today: date) -> bool:
    """Whether it is further ahead than anything is agreed for."""
    return day is not None and day - today > FURTHEST


class LimitForm(forms.Form):
    """Another limit, from and to which day of the tenant's calendar, and why."""

    limit = forms.IntegerField(
        label=gettext_lazy("New limit"),
        min_value=0,
        max_value=MOST,
        required=False,
        help_text=gettext_lazy("0 takes it out of the plan."),
    )
    no_limit = forms.BooleanField(label=gettext_lazy("No limit"), required=False)
    first = day(gettext_lazy("First day"), gettext_lazy("Empty: from now on."))
    last = day(gettext_lazy("Last day"), gettext_lazy("The plan's limit holds again afterwards. Empty: for ever."))
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=300,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy("A contract or case number will do. The tenant reads it in the history."),
    )

    def __init__(self, data: Any, *, tenant: Tenant) -> None:
        self.tenant = tenant
        super().__init__(data, label_suffix="")

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if self.errors:
            return values
        if (values["limit"] is None) != values["no_limit"]:
            raise forms.ValidationError(_("Type the new limit, or tick that there is none."))
        today, first, last = self.tenant.today, values["first"], values["last"]
        if first and first < today:
            self.add_error("first", _("That day is over where the customer is."))
        if is_too_far(first, today):
            self.add_error("first", _("That is more than ten years ahead."))
        if last and last < (first or today):
            self.add_error("last", _("It ends before it begins."))
        if is_too_far(last, today):
            self.add_error("last", LAST_TOO_FAR)
        return values

    def dates(self) -> dict[str, datetime | None]:
        """From the first moment of the first day to the end of the last, where the tenant is."""
        first, last = self.cleaned_data["first"], self.cleaned_data["last"]
        begins_later = first is not None and first > self.tenant.today
        return {
            "starts_at": self._midnight(first) if begins_later else None,
            "ends_at": self._midnight(last + timedelta(days=1)) if last else None,
        }

    def _midnight(self, of: date) -> datetime:
        return datetime.combine(of, time.min, tzinfo=self.tenant.zone)
