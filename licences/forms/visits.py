"""How support says why it visits a tenant's screen."""

from django import forms
from django.utils.translation import gettext_lazy as _


class VisitForm(forms.Form):
    """Why support looks at a tenant's screen."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.TextInput(attrs={"class": "vTextField", "autofocus": True}),
        help_text=_("A case number will do. It is kept with your name and the time."),
    )
