"""How things may be typed."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from django import forms
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from licences.models import User


class LoginForm(allauth_forms.LoginForm):
    """User ID, in any case, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label = _("User ID")
        login.widget.attrs |= {"autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        password.help_text = ""
        for field in (login, password):
            del field.widget.attrs["placeholder"]


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    """An e-mail address. Each user who has it gets a mail with a link; when nobody has, a mail that says so.

    Both mails are sent, so that neither the answer nor its time tells the asker whether the address is known.
    """

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        self.users = list(User.objects.able_to_log_in().alias(address=Lower("email")).filter(address=email))
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = self.cleaned_data["email"]
        if self.users:
            super().save(request, **kwargs)
        else:
            get_adapter().send_mail("account/email/unknown_account", email, {})
        return email


class VisitForm(forms.Form):
    """Why support looks at a tenant's screen."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.TextInput(attrs={"class": "vTextField", "autofocus": True}),
        help_text=_("A case number will do. The tenant's administrators can read it."),
    )
