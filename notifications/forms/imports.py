"""How a file is uploaded, and how one says which column is what."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from notifications.imports import KINDS
from notifications.models import Import
from notifications.reading.file_types import HEAD_BYTES, file_type
from notifications.reading.tables import Unreadable
from notifications.reports.imports import looks_like, suggestion

if TYPE_CHECKING:
    from django.http import QueryDict
    from django_stubs_ext import StrOrPromise

TOO_LARGE: Final = _("This file is larger than 200 MB. Split it, and import the parts one by one.")
TOO_SLOW: Final = _(
    "The upload took more than 10 minutes and was stopped. Try again on a faster line, or split the file."
)
READING_ANOTHER: Final = _("Your last file is still being read. Wait until that is done, then upload this one.")


class UploadForm(forms.Form):
    """One file, which has been received already or was `refused` on the way, for the reason given."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        error_messages={"required": _("Choose a CSV or XLSX file."), "invalid": _("Choose a CSV or XLSX file.")},
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )

    def __init__(self, *args: Any, refused: "StrOrPromise" = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if refused:
            self.fields["file"].error_messages["required"] = refused

    def clean_file(self) -> "UploadedFile[bytes]":
        """What is clearly no table is refused at once; the rest shows when the file is read."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        try:
            file_type(file.read(HEAD_BYTES))
        except Unreadable as reason:
            raise ValidationError(str(reason)) from reason
        file.seek(0)
        return file


class ColumnsForm(forms.Form):
    """For each field of the kind the column that fills it; where there is a choice, by what rows are recognised, and
    what happens to those that are there already."""

    duplicates = forms.ChoiceField(
        label=_("When a user is there already"), choices=Import.Duplicates.choices, widget=forms.RadioSelect
    )

    def __init__(self, imported: Import, sent: "QueryDict | None", *, preview: list[list[str]]) -> None:
        self.suggested, self.looks_like = suggestion(imported), looks_like(imported)
        initial = {f"field_{code}": str(place) for code, place in self.suggested.mapping.items()}
        initial |= {"match_by": self.suggested.match_by, "duplicates": self.suggested.duplicates}
        super().__init__(sent, initial=initial)
        self.preview, self.imported_columns = preview, imported.columns
        kind, tenant = KINDS[imported.kind], imported.tenant
        self.kind_fields = list(kind.fields(tenant))
        columns = [("", _("Not imported")), *((str(n), name) for n, name in enumerate(imported.columns))]
        for each in self.kind_fields:
            self.fields[f"field_{each.code}"] = forms.ChoiceField(
                label=each.label,
                help_text=each.help,
                required=False,
                choices=columns,
                widget=forms.Select(attrs={"class": "select"}),
            )
        self._kind = kind
        if len(kind.match_by) > 1:
            labels = {each.code: each.label for each in self.kind_fields}
            self.fields["match_by"] = forms.ChoiceField(
                label=_("Recognise users by"),
                choices=[(code, labels[code]) for code in kind.match_by],
                widget=forms.RadioSelect,
            )
        if not kind.duplicates:
            del self.fields["duplicates"]

    @property
    def field_rows(self) -> Iterator[tuple[BoundField, str]]:
        """Each field with the first value that its column has."""
        for each in self.kind_fields:
            bound = self[f"field_{each.code}"]
            chosen = str(bound.value() or "")
            place = int(chosen) if chosen.isdecimal() else -1
            values = [cells[place] for cells in self.preview if 0 <= place < len(cells) and cells[place].strip()]
            yield bound, values[0] if values else ""

    @property
    def left_out(self) -> list[str]:
        """The columns of the file that fill nothing, as it stands: whoever has one too many sees it here."""
        taken = {str(self[f"field_{each.code}"].value() or "") for each in self.kind_fields}
        return [name for place, name in enumerate(self.imported_columns) if str(place) not in taken]

    @property
    def rules(self) -> Iterator[tuple[Any, "StrOrPromise"]]:
        """The ways to treat duplicates, with what each means."""
        return ((option, self._kind.duplicates[option.data["value"]]) for option in self["duplicates"])

    @property
    def match_by(self) -> str:
        """Of a valid form: by what rows are recognised."""
        return str(self.cleaned_data.get("match_by", self._kind.match_by[0]))

    @property
    def chosen_duplicates(self) -> Import.Duplicates:
        """Of a valid form: what happens to those that are there already."""
        return Import.Duplicates(self.cleaned_data.get("duplicates", Import.Duplicates.SKIP))

    @property
    def mapping(self) -> dict[str, int]:
        """Of a valid form: the position of the column for each field that has one."""
        chosen = {each.code: self.cleaned_data[f"field_{each.code}"] for each in self.kind_fields}
        return {code: int(place) for code, place in chosen.items() if place != ""}
