"""How more may be asked for: of a limit, of seats, a bigger plan, an add-on."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundWidget
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licences.forms.requests import RequestForm, Sent, number_field, text_field
from licences.models import CustomerRequest, Licence, Restriction, User
from licences.reports.restriction_list import RestrictionRow
from licences.reports.upgrade_offers import Offers
from licences.services.customer_requests import Wish

Wants = CustomerRequest.Wants

MOST: Final = 1_000_000
EMPTY: Final[Mapping[str, str]] = MappingProxyType({})
CHOOSE: Final = gettext_lazy("Choose what you need.")


FIELDS: Final = {
    Wants.LIMIT: ("limit", "new_limit"),
    Wants.PLAN: ("plan",),
    Wants.SEATS: ("licence", "seats"),
    Wants.ADD_ON: ("add_on",),
}
"""What is asked for each wish."""


class UpgradeForm(RequestForm):
    """One wish, out of what the tenant can ask for; of the others' fields nothing counts."""

    what = forms.ChoiceField(
        label=gettext_lazy("What do you need?"),
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), CHOOSE),
    )
    limit = forms.CharField(label=gettext_lazy("Limit"), required=False, max_length=60)
    new_limit = number_field(gettext_lazy("New limit"), least=1, most=MOST, required=False)
    plan = forms.CharField(label=gettext_lazy("Plan"), required=False, max_length=60)
    licence = forms.CharField(label=gettext_lazy("Licence"), required=False, max_length=200)
    seats = number_field(gettext_lazy("How many more"), least=1, most=MOST, required=False)
    add_on = forms.CharField(label=gettext_lazy("Add-on"), required=False, max_length=60)
    description = text_field(
        gettext_lazy("Why do you need it?"), rows=4, required=gettext_lazy("Say what you need it for.")
    )

    def __init__(self, offers: Offers, asker: User, data: Sent = None, *, asked: Mapping[str, str] = EMPTY) -> None:
        super().__init__(asker, offers.users, data, initial=_chosen(offers, asked))
        self.offers = offers
        there = [kind for kind in Wants if kind in offers.kinds or self._is_posted(kind)]
        self.fields["what"].choices = [(kind.value, kind.label) for kind in there]  # type: ignore[attr-defined]
        self._choose("limit", {code: _stands(offer.row) for code, offer in offers.near.items()})
        self._choose("plan", {code: plan.name for code, plan in offers.plans.items()})
        self._choose("licence", {key: _held(licence) for key, licence in offers.licences.items()})
        self._choose("add_on", {code: add_on.name for code, add_on in offers.add_ons.items()})

    def _is_posted(self, kind: Wants) -> bool:
        """Somebody who asks for a limit that is near no more is told so, not that there is no such thing."""
        return kind == Wants.LIMIT and bool(self.offers.limits) and self.data.get("what") == kind

    def _choose(self, name: str, choices: Mapping[str, str]) -> None:
        self.fields[name].widget = forms.Select(choices=list(choices.items()), attrs={"class": "select"})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        what = cleaned.get("what")
        for name in {name for kind, names in FIELDS.items() if kind != what for name in names}:
            self.errors.pop(name, None)  # it is not seen, and does not count
        checks = {
            Wants.LIMIT: self._check_limit,
            Wants.PLAN: self._check_plan,
            Wants.SEATS: self._check_seats,
            Wants.ADD_ON: self._check_add_on,
        }
        if what:
            checks[Wants(what)]()
        return cleaned

    def _check_limit(self) -> None:
        offer = self.offers.limits.get(self.cleaned_data.get("limit", ""))
        if offer is None:
            self.add_error("limit", _("Choose the limit."))
        elif offer.refusal:
            self.add_error("limit", offer.refusal)
        elif "new_limit" not in self.errors:
            least, asked = offer.row.limit or 0, self.cleaned_data.get("new_limit")
            if asked is None or asked <= least:
                self.add_error("new_limit", _("You have %(limit)d now. Ask for more.") % {"limit": least})

    def _check_plan(self) -> None:
        code = self.cleaned_data.get("plan", "")
        if (other := self.offers.other_plans.get(code)) is not None:
            self.add_error("plan", _("%(name)s is not bigger than the plan that you have.") % {"name": other.name})
        elif code not in self.offers.plans:
            self.add_error("plan", _("Choose the plan."))

    def _check_seats(self) -> None:
        if self.cleaned_data.get("licence", "") not in self.offers.licences:
            self.add_error("licence", _("Choose the licence."))
        if self.cleaned_data.get("seats") is None and "seats" not in self.errors:
            self.add_error("seats", _("Say how many more you need."))

    def _check_add_on(self) -> None:
        if self.cleaned_data.get("add_on", "") not in self.offers.add_ons:
            self.add_error("add_on", _("Choose an add-on that you do not have."))

    def parts(self) -> Iterator[tuple[BoundWidget, list[forms.BoundField]]]:
        """Each thing to ask for, as a button to choose it, with the fields that say how much of it."""
        for button in self["what"]:
            yield button, [self[name] for name in FIELDS[Wants(button.data["value"])]]

    @property
    def wish(self) -> Wish:
        """What a valid form asks for."""
        values, offers = self.cleaned_data, self.offers
        wants = Wants(values["what"])
        if wants == Wants.LIMIT:
            restriction = offers.limits[values["limit"]].restriction
            return Wish(wants, restriction=restriction, quantity=values["new_limit"])
        if wants == Wants.PLAN:
            return Wish(wants, suite_plan=offers.plans[values["plan"]])
        if wants == Wants.SEATS:
            return Wish(wants, licence=offers.licences[values["licence"]], quantity=values["seats"])
        return Wish(wants, add_on=offers.add_ons[values["add_on"]])

    @property
    def about(self) -> Restriction | Licence | None:
        """What the evidence is about."""
        return self.wish.restriction or self.wish.licence

    @property
    def title(self) -> str:
        """The wish in one line."""
        wish = self.wish
        if wish.restriction is not None:
            numbers = {"name": wish.restriction.type.name, "new": wish.quantity, "old": wish.restriction.limit}
            return _("%(name)s: %(new)d instead of %(old)d") % numbers
        if wish.suite_plan is not None:
            return _("A bigger plan: %(name)s") % {"name": wish.suite_plan.name}
        if wish.licence is not None and wish.quantity is not None:
            said = ngettext("%(n)d more seat of %(name)s", "%(n)d more seats of %(name)s", wish.quantity)
            return said % {"n": wish.quantity, "name": wish.licence.name}
        return _("Add-on: %(name)s") % {"name": wish.add_on.name if wish.add_on else ""}


def _stands(row: RestrictionRow) -> str:
    return _("%(name)s: %(used)d of %(limit)d") % {"name": row.name, "used": row.used, "limit": row.limit}


def _held(licence: Licence) -> str:
    numbers = {"name": licence.name, "used": licence.in_use, "total": licence.total}
    return _("%(name)s: %(used)d of %(total)d in use") % numbers


def _chosen(offers: Offers, asked: Mapping[str, str]) -> dict[str, Any]:
    """What an address asks for is chosen already; with only one thing to ask for, that is."""
    chosen: dict[str, Any] = {}
    there = {"limit": offers.near, "plan": offers.plans, "licence": offers.licences, "add_on": offers.add_ons}
    of_kind = dict(zip(there, Wants, strict=True))
    for name, some in there.items():
        if asked.get(name) in some:
            chosen |= {"what": of_kind[name].value, name: asked[name]}
    if not chosen and offers.kinds:
        chosen["what"] = offers.kinds[0].value
    return chosen
