"""What a tenant can ask for: more of a limit that is near, a bigger plan, more seats, an add-on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from licences.indicator import YELLOW_FROM_PERCENT, Indicator
from licences.models import AddOn, CustomerRequest, Licence, LicenceType, Restriction, SuitePlan, Tenant, User
from licences.models.customer_requests import number_of
from licences.reports.restriction_list import RestrictionRow, row_of
from licences.reports.user_licences import UserLicences, user_licences

Wants = CustomerRequest.Wants


@dataclass(frozen=True, slots=True)
class LimitOffer:
    """A limit, and the open request for more of it, if there is one."""

    restriction: Restriction
    row: RestrictionRow
    asked_id: int | None

    @property
    def number(self) -> str:
        """Of the open request."""
        return number_of(self.asked_id) if self.asked_id else ""

    @property
    def is_near(self) -> bool:
        return self.row.state in {Indicator.YELLOW, Indicator.RED}

    @property
    def refusal(self) -> str:
        """Why no more of it can be asked for; empty when it can."""
        row = self.row
        if self.is_near:
            return ""
        if row.limit is None:
            return _("%(name)s has no limit in your plan.") % {"name": row.name}
        if row.limit == 0:
            return _("%(name)s is not in your plan. Ask for a bigger plan.") % {"name": row.name}
        said = _("%(name)s stands at %(used)d of %(limit)d. You can ask for more from %(percent)d %% on.")
        return said % {"name": row.name, "used": row.used, "limit": row.limit, "percent": YELLOW_FROM_PERCENT}


@dataclass(frozen=True, slots=True)
class Offers:
    """By the codes that addresses and forms write. `plans` are the bigger ones, `other_plans` the others, with the
    tenant's own. `users` is how many can log in."""

    users: int
    own_plan: SuitePlan | None = None
    limits: Mapping[str, LimitOffer] = field(default_factory=dict)
    plans: Mapping[str, SuitePlan] = field(default_factory=dict)
    other_plans: Mapping[str, SuitePlan] = field(default_factory=dict)
    licences: UserLicences = field(default_factory=dict)
    add_ons: Mapping[str, AddOn] = field(default_factory=dict)

    @property
    def near(self) -> dict[str, LimitOffer]:
        """The limits of which more can be asked for, and has not been."""
        return {code: offer for code, offer in self.limits.items() if offer.is_near and offer.asked_id is None}

    @property
    def asked(self) -> list[LimitOffer]:
        return [offer for offer in self.limits.values() if offer.asked_id is not None]

    @property
    def kinds(self) -> list[CustomerRequest.Wants]:
        """What there is to ask for at all."""
        there = {
            Wants.LIMIT: self.near,
            Wants.PLAN: self.plans,
            Wants.SEATS: self.licences,
            Wants.ADD_ON: self.add_ons,
        }
        return [kind for kind, some in there.items() if some]


def offers_of(tenant: Tenant) -> Offers:
    """On CRM Suite limits, plans and seats; on a module-based subscription seats of the vendor's user licences, and the
    add-ons that are not there yet."""
    licences = {
        key: licence
        for key, licence in user_licences(tenant).items()
        if licence.licence_set.owner.is_vendor and not licence.unrestricted
    }
    if not tenant.is_suite:
        return Offers(users_of(tenant), licences=licences, add_ons=_add_ons(tenant))
    seats = {key: licence for key, licence in licences.items() if licence.is_plan}
    plans = {plan.code: plan for plan in SuitePlan.objects.all()}
    own = next(plan for plan in plans.values() if plan.pk == tenant.suite_plan_id)
    return Offers(
        # There a seat is a user who can log in.
        users=sum(licence.in_use for licence in seats.values()) if seats else users_of(tenant),
        own_plan=own,
        limits=_limits(tenant),
        plans={code: plan for code, plan in plans.items() if plan.rank > own.rank},
        other_plans={code: plan for code, plan in plans.items() if plan.rank <= own.rank},
        licences=seats,
    )


def users_of(tenant: Tenant) -> int:
    """Of how many users one speaks: those who can log in."""
    users: int = User.objects.of(tenant).able_to_log_in().count()
    return users


def _limits(tenant: Tenant) -> dict[str, LimitOffer]:
    asked = CustomerRequest.objects.open().filter(tenant=tenant, restriction=OuterRef("pk"))
    rows = Restriction.objects.filter(tenant=tenant).select_related("type").order_by("type__sort_order")
    with_asked = rows.annotate(asked_id=Subquery(asked.values("pk")[:1]))
    return {row.type.code: LimitOffer(row, row_of(row), row.asked_id) for row in with_asked}


def _add_ons(tenant: Tenant) -> dict[str, AddOn]:
    """Those that bring something that the tenant does not have."""
    owned = Licence.objects.in_force().filter(tenant=tenant, type__owner__is_vendor=True).values("type")
    missing = LicenceType.objects.exclude(pk__in=owned)
    return {add_on.code: add_on for add_on in AddOn.objects.filter(brings__in=missing).distinct()}
