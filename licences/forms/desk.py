"""What support types at the desk: words, corrected numbers, time worked, and what is given."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licences.forms.limits import LAST_TOO_FAR, is_too_far
from licences.models import AddOn, CustomerRequest, Licence, Restriction, SuitePlan, Tenant
from licences.reports.user_licences import user_licences
from licences.services.granting import Gift, looked_at

Gives = CustomerRequest.Wants

LONGEST_TEXT: Final = 4000
MOST: Final = 1_000_000
A_WHOLE_DAY: Final = 24 * 60
MOST_MINUTES: Final = 2**31 - 1


def words(label: Any, *, required: bool = True, rows: int = 5, help_text: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "class": "vLargeTextField"})
    return forms.CharField(
        label=label, required=required, max_length=LONGEST_TEXT, widget=widget, help_text=help_text, strip=True
    )


def number(label: Any, *, least: int = 1, required: bool = True) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"class": "vIntegerField", "inputmode": "numeric"})
    return forms.IntegerField(label=label, min_value=least, max_value=MOST, required=required, widget=widget)


class DeskForm(forms.Form):
    """One of several on a page: its name keeps the ids of its fields apart from those of the others."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=dict(initial or {}), label_suffix="", auto_id=f"{type(self).__name__}_%s")


class TakeForm(DeskForm):
    """Nothing to type."""


class WriteForm(DeskForm):
    """Something that is said: to the customer, or among support. The same form is taken once."""

    form_key = forms.UUIDField(widget=forms.HiddenInput)
    text = words(gettext_lazy("Text"))


class DeclineForm(DeskForm):
    text = words(gettext_lazy("Reason"), rows=3, help_text=gettext_lazy("The customer reads it."))


class SolveForm(DeskForm):
    text = words(gettext_lazy("What solved it"), rows=3, help_text=gettext_lazy("The customer reads it."))


class FulfilForm(DeskForm):
    text = words(gettext_lazy("What was done"), required=False, rows=2)


class AffectedForm(DeskForm):
    """How many of how many users are affected; the urgency follows."""

    affected_users = number(gettext_lazy("Users affected"), least=0)
    all_users = number(gettext_lazy("Of users"))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("affected_users", 0) > values.get("all_users", MOST):
            raise forms.ValidationError(_("No more users can be affected than there are."))
        return values


class MinutesForm(DeskForm):
    """Time that was worked, beside what is written down already: the same click counts once."""

    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes worked"),
        min_value=1,
        max_value=A_WHOLE_DAY,
        widget=forms.NumberInput(attrs={"class": "vIntegerField", "inputmode": "numeric"}),
    )
    beside = forms.IntegerField(min_value=0, max_value=MOST_MINUTES, widget=forms.HiddenInput)


class ApprovalForm(DeskForm):
    """The words that go with what is given."""

    text = words(gettext_lazy("Answer to the customer"), required=False, rows=3)
    fulfil_too = forms.BooleanField(
        label=gettext_lazy("Fulfilled when it is in force at once"),
        required=False,
        initial=True,
        help_text=gettext_lazy("A licence set that waits for the customer leaves the request approved."),
    )


def gives_of(tenant: Tenant) -> list[tuple[str, str]]:
    """What this tenant can be given."""
    own = [Gives.LIMIT, Gives.PLAN, Gives.SEATS] if tenant.is_suite else [Gives.SEATS, Gives.ADD_ON]
    return [(each.value, str(each.label)) for each in own]


class GrantForm(forms.Form):
    """What is given, of one kind. It is filled in with what was asked for."""

    looked_at = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None, *, asked: CustomerRequest, gives: str) -> None:
        self.asked, self.tenant, self.gives = asked, asked.tenant, Gives(gives)
        self.restrictions: dict[str, Restriction] = {}
        self.plans: dict[str, SuitePlan] = {}
        self.licences: dict[str, Licence] = {}
        self.add_ons: dict[str, AddOn] = {}
        super().__init__(data, label_suffix="")
        ask = {
            Gives.LIMIT: self._ask_for_limit,
            Gives.PLAN: self._ask_for_plan,
            Gives.SEATS: self._ask_for_seats,
            Gives.ADD_ON: self._ask_for_add_on,
        }
        ask[self.gives]()

    def asked_for(self) -> dict[str, Any]:
        """The fields as the customer's wish fills them in."""
        return {name: field.initial for name, field in self.fields.items() if field.initial is not None}

    def _ask_for_limit(self) -> None:
        rows = Restriction.objects.filter(tenant=self.tenant).select_related("type").order_by("type__sort_order")
        self.restrictions = {row.type.code: row for row in rows}
        wished = self.asked.restriction
        self.fields["restriction"] = forms.ChoiceField(
            label=_("Limit"),
            choices=[(code, row.type.name) for code, row in self.restrictions.items()],
            initial=wished.type.code if wished else None,
        )
        self.fields["limit"] = number(_("New limit"), required=False)
        self.fields["limit"].initial = self.asked.quantity if self.asked.wants == Gives.LIMIT else None
        self.fields["no_limit"] = forms.BooleanField(label=_("No limit"), required=False)
        self.fields["until"] = forms.DateField(
            label=_("Last day"),
            required=False,
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            help_text=_("By the customer's calendar; the plan's limit holds again afterwards. Empty: for ever."),
        )

    def _ask_for_plan(self) -> None:
        self.plans = {plan.code: plan for plan in SuitePlan.objects.select_related("seat_licence")}
        wished = self.asked.suite_plan or self.tenant.suite_plan
        self.fields["suite_plan"] = forms.ChoiceField(
            label=_("Plan"),
            choices=[(code, plan.name) for code, plan in self.plans.items()],
            initial=wished.code if wished else None,
        )
        seat = self._seat_licence()
        self.fields["total"] = number(_("Seats in all"))
        self.fields["total"].initial = seat.total if seat else None

    def _ask_for_seats(self) -> None:
        counted = user_licences(self.tenant).items()
        self.licences = {code: licence for code, licence in counted if not licence.unrestricted}
        wished = next((code for code, each in self.licences.items() if each.pk == self.asked.licence_id), None)
        seat = self._seat_licence()
        chosen = wished or next((code for code, each in self.licences.items() if seat and each.pk == seat.pk), None)
        self.fields["licence"] = forms.ChoiceField(
            label=_("Licence"),
            choices=[
                (code, _("%(name)s (%(in_use)d of %(total)d in use)") % _numbers_of(licence))
                for code, licence in self.licences.items()
            ],
            initial=chosen,
        )
        self.fields["total"] = number(_("Seats in all"))
        if chosen and self.asked.wants == Gives.SEATS:
            self.fields["total"].initial = self.licences[chosen].total + (self.asked.quantity or 0)

    def _ask_for_add_on(self) -> None:
        self.add_ons = {add_on.code: add_on for add_on in AddOn.objects.all()}
        self.fields["add_on"] = forms.ChoiceField(
            label=_("Add-on"),
            choices=[(code, add_on.name) for code, add_on in self.add_ons.items()],
            initial=self.asked.add_on.code if self.asked.add_on else None,
        )

    def _seat_licence(self) -> Licence | None:
        """On CRM Suite the licence whose seats are the plan's."""
        plan = self.tenant.suite_plan
        if plan is None:
            return None
        return Licence.objects.in_force().filter(tenant=self.tenant, type=plan.seat_licence_id).first()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if self.gives == Gives.LIMIT and not self.errors:
            if (values["limit"] is None) != values["no_limit"]:
                raise forms.ValidationError(_("Type the new limit, or tick that there is none."))
            if values["until"] and values["until"] < self.tenant.today:
                self.add_error("until", _("That day is over where the customer is."))
            elif is_too_far(values["until"], self.tenant.today):
                self.add_error("until", LAST_TOO_FAR)
        return values

    def gift(self, *, as_shown: bool) -> Gift:
        """What a valid form gives: `as_shown`, measured against what there was when the customer's numbers were shown;
        else against what there is now."""
        typed = self.cleaned_data
        licence = self.licences.get(typed.get("licence", ""))
        gift = Gift(
            self.gives,
            restriction=self.restrictions.get(typed.get("restriction", "")),
            limit=typed.get("limit"),
            ends_at=self._ends_at(),
            suite_plan=self.plans.get(typed.get("suite_plan", "")),
            licence=self._seat_licence() if self.gives == Gives.PLAN else licence,
            total=typed.get("total"),
            add_on=self.add_ons.get(typed.get("add_on", "")),
        )
        return gift.measured_against(typed["looked_at"] if as_shown else looked_at(self.tenant, gift))

    def _ends_at(self) -> datetime | None:
        """The end of the last day, where the customer is."""
        last = self.cleaned_data.get("until")
        return datetime.combine(last + timedelta(days=1), time.min, tzinfo=self.tenant.zone) if last else None


def _numbers_of(licence: Licence) -> dict[str, Any]:
    return {"name": licence.name, "in_use": licence.in_use, "total": licence.total}
