"""How an API token may be asked for."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from licences.models import ApiToken, Tenant


class TokenForm(forms.Form):
    """Whom a token is for, what it may do, and the last day on which it works."""

    source = forms.CharField(
        label=_("Source"),
        error_messages={"required": _("Say which system will use it.")},
        max_length=200,
        help_text=_("The system that will use it, such as https://crm.example. What it reports carries this name."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(scope.value, format_lazy("{} · {}", scope.label, scope.value)) for scope in ApiToken.Scope],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )
    expires_on = forms.DateField(
        label=_("Last day (optional)"),
        required=False,
        help_text=_("Leave it empty for a token that works until it is revoked."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )

    def __init__(self, tenant: Tenant, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant

    def clean_expires_on(self) -> date | None:
        day: date | None = self.cleaned_data["expires_on"]
        if day is not None and day < self.tenant.today:
            raise ValidationError(_("This day is over already."))
        if day == date.max:
            raise ValidationError(_("Leave it empty for a token that does not expire."))
        return day

    @property
    def expires_at(self) -> datetime | None:
        """The end of the last day, where the tenant is."""
        day: date | None = self.cleaned_data["expires_on"]
        return None if day is None else datetime.combine(day + timedelta(days=1), time(), self.tenant.zone)
