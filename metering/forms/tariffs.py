"""What support types to publish a tariff."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, override

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licences.models import Tenant
from metering.figures import decimals_of, month_text
from metering.models import MeteredService, RatedBy, Tariff
from metering.money import digits_of, major
from metering.periods import Month
from metering.rating import plain
from metering.services.tariffs import NotAStep, TariffFault, faults, first_to_publish, read_steps

if TYPE_CHECKING:
    ModelChoiceField = forms.ModelChoiceField[MeteredService]
else:
    ModelChoiceField = forms.ModelChoiceField

MOST_STEPS: Final = 50
MOST_PRICE: Final = 1_000_000
FINEST: Final = Decimal("0.0001")
"""Of a minor unit."""

FAULTS: Final = {
    TariffFault.NOT_THE_FIRST: ("valid_from", gettext_lazy("It begins on the first of a month.")),
    TariffFault.ALLOWANCE_FALLS: (
        "steps",
        gettext_lazy("More users must never have less included. Steps begin with 0 users, and both numbers rise."),
    ),
    TariffFault.DOES_NOT_FIT: (
        "rated_by",
        gettext_lazy("Of what is counted the sum counts; of what is measured the highest, last or average value."),
    ),
    TariffFault.NO_BLOCK: ("block_size", gettext_lazy("A block is more than nothing.")),
    TariffFault.NEGATIVE_PRICE: ("price", gettext_lazy("A price is not negative.")),
}


class MonthField(forms.CharField):
    """A month, typed as 2027-01; browsers that know months offer a calendar."""

    widget = forms.TextInput(attrs={"type": "month", "placeholder": "2027-01"})

    @override
    def clean(self, value: Any) -> Any:
        month = Month.parse(super().clean(value).strip())
        if month is None:
            raise forms.ValidationError(_("Type a month like 2027-01."))
        return month


class ServiceField(ModelChoiceField):
    """Each with the unit that the numbers below are in."""

    @override
    def label_from_instance(self, obj: MeteredService) -> str:
        return f"{obj} ({obj.unit})"


def currencies() -> list[tuple[str, str]]:
    """Those that tenants pay in, and those that tariffs are in already; none is chosen beforehand."""
    found = {*Tenant.objects.values_list("currency", flat=True).distinct().order_by()}
    found |= {*Tariff.objects.values_list("currency", flat=True).distinct().order_by()}
    return [("", "---------"), *((currency, currency) for currency in sorted(found))]


def quantity(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=required, min_value=0, max_digits=20, decimal_places=6, help_text=help_text
    )


class TariffForm(forms.Form):
    """A service's tariff in one currency, from a month on that has not begun."""

    service = ServiceField(
        MeteredService.objects.order_by("sort_order"), label=gettext_lazy("Service"), empty_label=None
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"),
        choices=currencies,
        help_text=gettext_lazy("Holds for the tenants who pay in it."),
    )
    valid_from = MonthField(label=gettext_lazy("From"), help_text=gettext_lazy("A month that has not begun."))
    rated_by = forms.ChoiceField(
        label=gettext_lazy("What counts"),
        choices=RatedBy.choices,
        help_text=gettext_lazy("The sum of what is counted, like e-mails; one of the others of what is measured."),
    )
    base = quantity(
        gettext_lazy("Included in a month"),
        required=False,
        help_text=gettext_lazy("In the unit of the service. Empty is nothing."),
    )
    per_user = quantity(
        gettext_lazy("And for each user"),
        required=False,
        help_text=gettext_lazy("So much more for each; users are the most who held a plan at once in the month."),
    )
    steps = forms.CharField(
        label=gettext_lazy("Or in steps"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "cols": 24, "placeholder": "0: 500\n11: 2000"}),
        help_text=gettext_lazy("One step a line, as users: included. Leave the two fields above empty."),
    )
    block_size = quantity(
        gettext_lazy("Size of a block"),
        help_text=gettext_lazy("What goes beyond is billed in started blocks of so many units."),
    )
    price = forms.DecimalField(
        label=gettext_lazy("Price of a block"),
        min_value=0,
        max_value=MOST_PRICE,
        decimal_places=6,
        help_text=gettext_lazy("In whole units of the currency, like 2.50."),
    )

    def __init__(self, data: Any = None, *, like: Tariff | None = None) -> None:
        super().__init__(data, label_suffix="", initial=_initial(like))

    def clean_valid_from(self) -> Month:
        month: Month = self.cleaned_data["valid_from"]
        first = first_to_publish(timezone.now())
        if month < first:
            raise forms.ValidationError(_("That month has begun. %(month)s is the first that has not.") % said(first))
        return month

    def clean_steps(self) -> list[list[int | str]]:
        lines = [line for line in self.cleaned_data["steps"].splitlines() if line.strip()]
        if len(lines) > MOST_STEPS:
            raise forms.ValidationError(_("At most 50 steps."))
        try:
            return read_steps(lines)
        except NotAStep as error:
            text = _("“%(line)s” is not like “11: 2000”.") % {"line": error}
            raise forms.ValidationError(text) from error

    @override
    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if self.errors:
            return values
        if values["steps"] and (values["base"] or values["per_user"]):
            self.add_error("steps", _("Either steps, or a number and one for each user."))
            return values
        tariff = self.tariff()
        if tariff.price_minor != tariff.price_minor.quantize(FINEST):
            self.add_error("price", _("At most four decimals of the smallest coin."))
        for fault in faults(tariff):
            self.add_error(*FAULTS[fault])
        published = Tariff.objects.filter(service=tariff.service_id, currency=tariff.currency)
        if published.filter(valid_from=tariff.valid_from).exists():
            self.already_published()
        return values

    def already_published(self) -> None:
        """Say so where the month is typed."""
        self.add_error("valid_from", _("There is a tariff from that month on; it cannot be changed."))

    def tariff(self) -> Tariff:
        """What was typed, not published yet."""
        typed: Mapping[str, Any] = self.cleaned_data
        return Tariff(
            service=typed["service"],
            currency=typed["currency"],
            valid_from=typed["valid_from"].first,
            rated_by=typed["rated_by"],
            allowance_base=typed["base"] or Decimal(0),
            allowance_per_user=typed["per_user"] or Decimal(0),
            allowance_steps=typed["steps"],
            block_size=typed["block_size"],
            price_minor=typed["price"].scaleb(digits_of(typed["currency"])),
        )


def said(month: Month) -> dict[str, str]:
    return {"month": month_text(month)}


def _initial(like: Tariff | None) -> dict[str, Any]:
    """What a later version of a tariff starts from."""
    first: date = first_to_publish(timezone.now()).first
    if like is None:
        return {"valid_from": f"{first:%Y-%m}"}
    price = major(like.price_minor, like.currency)
    return {
        "service": like.service_id,
        "currency": like.currency,
        "valid_from": f"{max(first, Month.of(like.valid_from).plus(1).first):%Y-%m}",
        "rated_by": like.rated_by,
        "base": plain(like.allowance_base),
        "per_user": plain(like.allowance_per_user),
        "steps": "\n".join(f"{users}: {included}" for users, included in like.allowance_steps),
        "block_size": plain(like.block_size),
        "price": f"{price:.{max(decimals_of(price), digits_of(like.currency))}f}",
    }
