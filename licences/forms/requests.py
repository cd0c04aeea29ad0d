"""How a request for support may be typed, and what a request is sent with: contact, reach, files."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licences.attachments import LONGEST_NAME, MOST_AT_ONCE, MOST_BYTES, TYPES, NotTaken, check_attachment, plain_name
from licences.models import Tenant, User
from licences.reports.requests import FACTS
from licences.services.customer_requests import Contact
from licences.services.request_files import Attachment

if TYPE_CHECKING:
    from django.utils.datastructures import MultiValueDict
    from django_stubs_ext import StrOrPromise

type Sent = Mapping[str, Any] | None
type SentFiles = "MultiValueDict[str, UploadedFile[bytes]] | None"

LONGEST_TEXT: Final = 4000
MOST_USERS: Final = 1_000_000
NOT_A_NUMBER: Final = gettext_lazy("Type a whole number.")


class OneLineField(forms.CharField):
    """A line of text. Line breaks and what cannot be shown are left out: it may stand in the head of a mail."""

    def to_python(self, value: Any) -> str:
        typed: str = super().to_python(value) or ""
        return "".join(each for each in " ".join(typed.split()) if each.isprintable())


def text_field(label: "StrOrPromise", *, rows: int, required: "StrOrPromise" = "", **kwargs: Any) -> forms.CharField:
    """Several lines; `required` says what to do when there are none."""
    return forms.CharField(
        label=label,
        required=bool(required),
        max_length=LONGEST_TEXT,
        error_messages={"required": required},
        widget=forms.Textarea(attrs={"rows": rows}),
        **kwargs,
    )


def number_field(label: "StrOrPromise", *, least: int, most: int = MOST_USERS, required: bool = True) -> Any:
    return forms.IntegerField(
        label=label,
        required=required,
        min_value=least,
        max_value=most,
        error_messages=dict.fromkeys(("required", "invalid"), NOT_A_NUMBER),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class KeyField(forms.UUIDField):
    """The key of a form. What is none counts for none: such a form is taken as often as it is sent."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except ValidationError:
            return None


class OnceForm(forms.Form):
    """A form that is taken once, however often it is sent: its key is made when it is shown."""

    form_key = KeyField(required=False, widget=forms.HiddenInput(attrs={"autocomplete": "off"}))

    def __init__(self, data: Sent = None, files: SentFiles = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, files, initial={"form_key": uuid4(), **(initial or {})}, label_suffix="")

    @property
    def key(self) -> UUID | None:
        key: UUID | None = self.cleaned_data["form_key"]
        return key


class RequestForm(OnceForm):
    """Whom to answer, and how many of how many users are affected: filled in with the asker and all who can log in."""

    contact_name = OneLineField(
        label=gettext_lazy("Name"), max_length=200, error_messages={"required": gettext_lazy("Say whom to ask for.")}
    )
    contact_email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        error_messages={"required": gettext_lazy("Say where the answer is to go.")},
        help_text=gettext_lazy("The confirmation and every answer go here."),
    )
    contact_phone = OneLineField(label=gettext_lazy("Phone (optional)"), max_length=40, required=False)
    affected_users = number_field(gettext_lazy("Users affected"), least=0)
    all_users = number_field(gettext_lazy("Of how many"), least=1)

    def __init__(
        self,
        asker: User,
        users: int,
        data: Sent = None,
        files: SentFiles = None,
        *,
        initial: dict[str, Any] | None = None,
    ) -> None:
        known = {
            "contact_name": asker.full_name,
            "contact_email": asker.email,
            "affected_users": 1,
            "all_users": max(users, 1),
        }
        super().__init__(data, files, initial={**known, **(initial or {})})

    def clean_contact_email(self) -> str:
        """Django takes a quoted address with signs in it that no mail header does."""
        address: str = self.cleaned_data["contact_email"]
        if not address.isprintable() or '"' in address:
            raise forms.ValidationError(_("Enter an address that can be written to."))
        return address

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        affected, everybody = cleaned.get("affected_users"), cleaned.get("all_users")
        if affected is not None and everybody is not None and affected > everybody:
            self.add_error("affected_users", _("No more than all of them can be affected."))
        return cleaned

    @property
    def contact(self) -> Contact:
        values = self.cleaned_data
        return Contact(values["contact_name"], values["contact_email"], values["contact_phone"])


class FilesInput(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> "list[UploadedFile[bytes]]":
        """All of them, where Django's own takes the last."""
        return list(files.getlist(name)) if files else []


class FilesField(forms.FileField):
    """Up to five files that a support desk can use; `refused` on the way, they say why."""

    widget = FilesInput(attrs={"accept": ",".join(TYPES)})

    def clean(self, data: Sequence["UploadedFile[bytes]"] | None, initial: Any = None) -> list[Attachment]:
        files = [file for file in data or [] if file.name]
        if len(files) > MOST_AT_ONCE:
            raise ValidationError(_("%(most)d files can be sent at once."), params={"most": MOST_AT_ONCE})
        return [_attachment(file) for file in files]


def _attachment(file: "UploadedFile[bytes]") -> Attachment:
    """Of a file that is too large no more is read than shows it."""
    name, content = plain_name(file.name or ""), file.read(MOST_BYTES + 1)
    try:
        check_attachment(name, content)
    except NotTaken as reason:
        raise ValidationError(str(reason)) from reason
    return Attachment(name[:LONGEST_NAME], content)


def files_field() -> FilesField:
    return FilesField(
        label=gettext_lazy("Files (optional)"),
        required=False,
        help_text=gettext_lazy("Screenshots and logs: at most 5 files of 5 MiB each."),
    )


class WithFiles(forms.Form):
    """`refused` says why the files did not arrive."""

    refused = ""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.refused:
            self.add_error("attachments", self.refused)
        return cleaned


class SupportForm(WithFiles, RequestForm):
    """What a ticket has to say. Source: sources/002."""

    title = OneLineField(
        label=gettext_lazy("Subject"),
        max_length=200,
        error_messages={"required": gettext_lazy("Say in a few words what it is about.")},
    )
    description = text_field(
        gettext_lazy("What happens"), rows=6, required=gettext_lazy("Describe what happens, and what should.")
    )
    is_security = forms.BooleanField(
        label=gettext_lazy("This is about security"),
        required=False,
        help_text=gettext_lazy("A weakness, or something that looks like a break-in. It is read first."),
    )
    environment = OneLineField(
        label=gettext_lazy("Environment"),
        max_length=200,
        error_messages={"required": gettext_lazy("Say where it happens.")},
        help_text=gettext_lazy("Such as production or the sandbox, and the browser or app."),
    )
    users_concerned = OneLineField(label=gettext_lazy("User IDs concerned (optional)"), max_length=500, required=False)
    happened_at = forms.DateTimeField(
        label=gettext_lazy("When it happened (optional)"),
        required=False,
        error_messages={"invalid": gettext_lazy("Say the day and the time.")},
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    errors_seen = text_field(gettext_lazy("Error messages (optional)"), rows=3)
    steps = text_field(gettext_lazy("Steps to see it (optional)"), rows=4)
    additional = text_field(gettext_lazy("Anything else (optional)"), rows=3)
    reference = OneLineField(label=gettext_lazy("Your reference (optional)"), max_length=100, required=False)
    attachments = files_field()

    @property
    def facts(self) -> dict[str, str]:
        """What was filled in, for JSON; the moment as it was typed, where the tenant is."""
        values = self.cleaned_data | {"errors": self.cleaned_data["errors_seen"]}
        if values["happened_at"]:
            values["happened_at"] = f"{values['happened_at']:%Y-%m-%d %H:%M %Z}"
        return {name: values[name] for name in FACTS if values.get(name)}


class ReplyForm(WithFiles, OnceForm):
    """What the customer adds to a request."""

    text = text_field(gettext_lazy("Your message"), rows=4, required=gettext_lazy("Write something."))
    attachments = files_field()


class ContactsForm(forms.Form):
    """At most two of the tenant's users, by their user ID."""

    first = OneLineField(label=gettext_lazy("First contact"), max_length=100, required=False)
    second = OneLineField(label=gettext_lazy("Second contact"), max_length=100, required=False)

    def __init__(self, tenant: Tenant, data: Sent = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        self.tenant = tenant
        for field in self.fields.values():
            field.widget.attrs |= {"list": "administrators", "autocomplete": "off", "spellcheck": "false"}

    def clean_first(self) -> User | None:
        return self._user("first")

    def clean_second(self) -> User | None:
        return self._user("second")

    def _user(self, name: str) -> User | None:
        typed: str = self.cleaned_data[name].lower()
        if not typed:
            return None
        user: User | None = User.objects.of(self.tenant).filter(login_id=typed, left_at__isnull=True).first()
        if user is None:
            raise ValidationError(_("Nobody here has the user ID %(id)s."), params={"id": typed})
        return user

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("first") and cleaned.get("first") == cleaned.get("second"):
            self.add_error("second", _("Name somebody else than the first contact."))
        return cleaned

    @property
    def users(self) -> list[User]:
        named: list[User | None] = [self.cleaned_data["first"], self.cleaned_data["second"]]
        return [user for user in named if user is not None]
