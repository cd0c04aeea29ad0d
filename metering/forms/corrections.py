"""What support types to correct a month."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy

from metering.events import MOST_QUANTITY

LONGEST_REASON: Final = 300


def reason() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Why"),
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy("The tenant reads it with its invoice."),
    )


class VoidForm(forms.Form):
    """Why an event is taken out of the count."""

    reason = reason()

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")


class AdjustForm(forms.Form):
    """By how much a month is adjusted, and why."""

    quantity = forms.DecimalField(
        label=gettext_lazy("Quantity"),
        min_value=-MOST_QUANTITY,
        max_value=MOST_QUANTITY,
        max_digits=20,
        decimal_places=6,
        help_text=gettext_lazy("With a minus in front the month comes to less."),
    )
    reason = reason()

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")
