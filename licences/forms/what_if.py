"""How the numbers of another licence set may be typed."""

from collections.abc import Iterator
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from licences.models import Licence, SuitePlan, Tenant
from licences.reports.user_licences import UserLicences

MOST: Final = 1_000_000
NOT_A_NUMBER = _("Type a whole number, from 0 to 1,000,000.")


class WhatIfForm(forms.Form):
    """A new total for each user licence that is counted, and on CRM Suite a plan; as it is now at first."""

    def __init__(self, tenant: Tenant, licences: UserLicences, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant
        counted = [(key, each) for key, each in licences.items() if not each.unrestricted]
        plans_first = sorted(counted, key=lambda item: not item[1].is_plan)
        self.licences = {f"total-{key}": each for key, each in plans_first}
        self.plans = {plan.code: plan for plan in SuitePlan.objects.all()} if tenant.is_suite else {}
        if self.plans:
            now = next((code for code, plan in self.plans.items() if plan.pk == tenant.suite_plan_id), None)
            choices = [(code, plan.name) for code, plan in self.plans.items()]
            self.fields["plan"] = forms.ChoiceField(label=_("Plan"), choices=choices, initial=now)
        for name, licence in self.licences.items():
            self.fields[name] = forms.IntegerField(
                label=licence.name,
                initial=licence.total,
                min_value=0,
                max_value=MOST,
                error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), NOT_A_NUMBER),
                widget=forms.NumberInput(attrs={"class": "input", "inputmode": "numeric"}),
            )

    def rows(self) -> Iterator[tuple[Licence, forms.BoundField]]:
        """Each licence with the field for its new total."""
        for name, licence in self.licences.items():
            yield licence, self[name]

    @property
    def totals(self) -> dict[Licence, int]:
        """What a valid form asks for."""
        return {licence: self.cleaned_data[name] for name, licence in self.licences.items()}

    @property
    def plan(self) -> SuitePlan | None:
        """The CRM Suite plan that a valid form asks for."""
        return self.plans.get(self.cleaned_data.get("plan", ""))
