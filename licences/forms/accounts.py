"""How people type who they are, in forms of allauth that say it in our words."""

from typing import TYPE_CHECKING, Any

from allauth.account import forms as allauth_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from licences.login_mails import address_unknown
from licences.models import User

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


def relabel(form: forms.Form, **labels: "StrPromise") -> None:
    """Name the fields in our words."""
    for name, label in labels.items():
        form.fields[name].label = label


class LoginForm(allauth_forms.LoginForm):
    """User ID, in any case, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, login=_("User ID"))
        login, password = self.fields["login"], self.fields["password"]
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
        if not email.isprintable():
            raise ValidationError(_("This is no e-mail address."))  # a quoted part may hold what no header can
        users = User.objects.able_to_log_in().select_related("tenant")
        self.users = list(users.alias(address=Lower("email")).filter(address=email))
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = self.cleaned_data["email"]
        if self.users:
            super().save(request, **kwargs)
        else:
            address_unknown(email).send()
        return email


class ChangePasswordForm(allauth_forms.ChangePasswordForm):
    """The present password, and the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(
            self,
            oldpassword=_("Present password"),
            password1=_("New password"),
            password2=_("New password again"),
        )


class ChoosePasswordForm(allauth_forms.ResetPasswordKeyForm):
    """The new password twice; the link of the mail stands for the old one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, password1=_("New password"), password2=_("New password again"))


class CredentialField(forms.JSONField):
    """What a browser says of a passkey. Text that breaks the parser itself is refused like any other wrong text."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (RecursionError, ValueError) as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class KeyStepForm(webauthn_forms.AuthenticateWebAuthnForm):
    """A key as the second step, after the password. What is no credential is refused, wherever its reader stumbles."""

    credential = CredentialField(widget=forms.HiddenInput)

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()
        except (KeyError, TypeError, ValueError) as error:
            raise forms.ValidationError(self.fields["credential"].error_messages["invalid"], code="invalid") from error


class PasskeyLoginForm(KeyStepForm, webauthn_forms.LoginWebAuthnForm):
    """A passkey instead of user ID and password."""


class KeyProofForm(KeyStepForm, webauthn_forms.ReauthenticateWebAuthnForm):
    """A key once more, before something that matters."""


class AddKeyForm(webauthn_forms.AddWebAuthnForm):
    """A passkey, which lets in by itself, or a security key, which is a second step."""

    credential = CredentialField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, name=_("Name"), passwordless=_("Log in with it alone, without a password"))
        self.fields["passwordless"].initial = True
        self.fields["passwordless"].help_text = _(
            "The device must know you by finger, face or PIN. Without the tick it is a second step after the password."
        )
