"""How support types a licence set: plans, add-ons and single licences. What follows from plans is not asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licences.catalogue.published import published_catalogue
from licences.contracts import Contract, contract_in, rows_of, settled_by_plans
from licences.licence_file import dates_follow
from licences.models import Licence, LicenceOwner, LicenceSet, LicenceType, SuitePlan, Tenant
from licences.plan_features import PREMIUM, TIER_NAMES, Plan
from licences.services.licence_sets import LicenceDates, LicenceLine

DATES = ("warn_from_on", "expires_on", "grace_until_on", "maintenance_until_on")
MAX_SEATS = 1_000_000
ADDED = 3
"""How many licences that are not in the present set can be put into the next at once."""


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One number to type, beside what there is now; only a plan has a tier to choose."""

    number: BoundField
    present: Licence | None
    tier: BoundField | None = None


def day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )


def number(label: Any, initial: int | None = None) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=MAX_SEATS, required=False, initial=initial)


class LicenceSetForm(forms.Form):
    """The next licence set of one owner for one tenant, filled in with the present one."""

    follows = forms.IntegerField(widget=forms.HiddenInput)
    version = forms.CharField(label=gettext_lazy("Version"), max_length=20, required=False)
    warn_from_on = day(gettext_lazy("Warn from"))
    expires_on = day(gettext_lazy("Expires on"))
    grace_until_on = day(gettext_lazy("Grace until"))
    maintenance_until_on = day(gettext_lazy("Maintenance until"))
    why = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=300,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy("A contract or case number will do. The tenant reads it in the history."),
    )

    def __init__(self, data: Any, *, tenant: Tenant, owner: LicenceOwner, follows: int) -> None:
        sets = LicenceSet.objects.filter(tenant=tenant, owner=owner).select_related("suite_plan")
        self.present = sets.active().first()
        self.rows = {row.type.code: row for row in self._present_rows()}
        self.types = {kind.code: kind for kind in owner.types.all()}
        self.tenant, self.owner, self.catalogue = tenant, owner, published_catalogue()
        self.before = self._contract_now()
        super().__init__(data, initial=self._initial(follows), label_suffix="")
        if owner.is_vendor and tenant.is_suite:
            self._ask_for_suite()
        elif owner.is_vendor:
            self._ask_for_plans()
        self._ask_for_singles()

    def _present_rows(self) -> Iterator[Licence]:
        return iter(self.present.licences.select_related("type") if self.present else ())

    def _contract_now(self) -> Contract:
        numbers: dict[Plan, int] = {(code, row.tier or 0): row.total for code, row in self.rows.items()}
        if not self.owner.is_vendor:
            return Contract(singles={code: row.total for code, row in self.rows.items()})
        plan = self.tenant.suite_plan
        known = {entry.code for entry in self.catalogue.suite_plans}
        suite_plan = plan.code if plan is not None and plan.code in known else ""
        return contract_in(numbers, suite_plan=suite_plan, catalogue=self.catalogue)

    def _initial(self, follows: int) -> dict[str, Any]:
        return {"follows": follows} | {name: getattr(self.present, name, None) for name in ("version", *DATES)}

    def _ask_for_plans(self) -> None:
        now = {code: (tier, seats) for (code, tier), seats in self.before.plans.items()}
        for plan in self.catalogue.plans:
            tier, seats = now.get(plan.code, (PREMIUM, None))
            label = self.catalogue.vendor_licences[plan.code].name
            self.fields[f"seats-{plan.code}"] = number(label, seats)
            self.fields[f"tier-{plan.code}"] = forms.TypedChoiceField(
                label=_("Tier of %s") % label, choices=reversed(TIER_NAMES.items()), coerce=int, initial=tier
            )
        self.fields["add_ons"] = forms.MultipleChoiceField(
            label=_("Add-ons"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=[(add_on.code, add_on.name) for add_on in self.catalogue.add_ons],
            initial=list(self.before.add_ons),
        )

    def _ask_for_suite(self) -> None:
        plans = [(plan.code, plan.name) for plan in self.catalogue.suite_plans]
        self.fields["suite_plan"] = forms.ChoiceField(label=_("Plan"), choices=plans, initial=self.before.suite_plan)
        self.fields["seats"] = forms.IntegerField(
            label=_("Seats"), min_value=1, max_value=MAX_SEATS, initial=self.before.seats or None
        )

    def _ask_for_singles(self) -> None:
        asked: dict[str, int | None] = {} if self.owner.is_vendor else dict.fromkeys(self.types)
        asked |= self.before.singles
        for code, total in asked.items():
            self.fields[f"number-{code}"] = number(self._name(code), total)
        others = [
            (kind.code, kind.name)
            for kind in self.types.values()
            if kind.code not in asked and kind.role == LicenceType.Role.FEATURE and not kind.hidden
        ]
        for place in range(ADDED if others else 0):
            self.fields[f"added-{place}"] = forms.ChoiceField(
                label=_("Another licence"), choices=[("", "---------"), *others], required=False
            )
            self.fields[f"added-number-{place}"] = number(_("Number"))

    def _name(self, code: str) -> str:
        return self.rows[code].name if code in self.rows else self.types[code].name

    def date_fields(self) -> list[BoundField]:
        return [self[name] for name in DATES]

    def plan_rows(self) -> list[NumberRow]:
        return [
            NumberRow(self[name], self.rows.get(code), self[f"tier-{code}"]) for name, code in self._named("seats-")
        ]

    def single_rows(self) -> list[NumberRow]:
        return [NumberRow(self[name], self.rows.get(code)) for name, code in self._named("number-")]

    def added_rows(self) -> list[NumberRow]:
        return [
            NumberRow(self[f"added-number-{place}"], None, self[f"added-{place}"])
            for place in range(ADDED)
            if f"added-{place}" in self.fields
        ]

    def _named(self, start: str) -> list[tuple[str, str]]:
        return [(name, name.removeprefix(start)) for name in self.fields if name.startswith(start)]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not dates_follow(*(values.get(name) for name in DATES[:3])):
            raise forms.ValidationError(_("Warning, expiry and grace follow one another; none or all are set."))
        if not self.errors:
            self._check_singles(values)
        return values

    def _check_singles(self, values: Mapping[str, Any]) -> None:
        contract = self.contract(values)
        if taken := settled_by_plans(contract, catalogue=self.catalogue) & contract.singles.keys():
            names = ", ".join(sorted(self._name(code) for code in taken))
            raise forms.ValidationError(_("The plans say how many there are of: %s.") % names)
        if not self.lines():
            raise forms.ValidationError(_("A licence set holds at least one licence."))

    def contract(self, values: Mapping[str, Any]) -> Contract:
        """What was typed, as a contract."""
        plans = {(code, values[f"tier-{code}"]): values[name] or 0 for name, code in self._named("seats-")}
        singles = {code: values[name] for name, code in self._named("number-") if values[name]}
        for place in range(ADDED):
            if values.get(f"added-{place}") and values[f"added-number-{place}"]:
                singles[values[f"added-{place}"]] = values[f"added-number-{place}"]
        add_ons, suite_plan = values.get("add_ons", ()), values.get("suite_plan", "")
        return Contract(plans, add_ons, suite_plan, values.get("seats", 0), singles)

    def lines(self) -> list[LicenceLine]:
        """The licences of the set: what was typed, and what follows from it."""
        contract = self.contract(self.cleaned_data)
        lines = {
            row.code: LicenceLine(self.types[row.code], row.number, row.name, row.tier)
            for row in rows_of(contract, catalogue=self.catalogue)
        }
        for code, total in contract.singles.items():
            lines[code] = LicenceLine(self.types[code], total, self._name(code))
        return list(lines.values())

    def dates(self) -> LicenceDates:
        return LicenceDates(**{name: self.cleaned_data[name] for name in DATES})

    def chosen_plan(self) -> SuitePlan | None:
        code = self.cleaned_data.get("suite_plan")
        return SuitePlan.objects.get(code=code) if code else None
