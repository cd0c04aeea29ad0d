"""Every route of the URLconf with something to put into its address: one's own, another tenant's, what never was.

A route whose parameter has no sample here fails the sweeps, so each new one comes with its sample.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.urls import URLResolver, get_resolver, reverse
from django.utils.http import int_to_base36

from config.tenancy.grants import tenant_policies
from config.tenancy.scopes import support_scope
from licences.models import ApiToken, Licence, LimitOverride, RequestFile, Restriction, Tenant, User
from licences.services.restrictions import consume
from metering.models import InvoiceLine
from notifications.models import Import, SystemEvent
from tests import factories
from tests.factories import behind_the_policies, scope_of
from tests.licences.waiting import receive
from tests.proof import PROOF

NEVER = 999_999_999


@dataclass(frozen=True)
class House:
    """A tenant with one of everything that an address can name, none of it known to any other tenant."""

    administrator: User
    member: User
    licence: Licence
    third_party: Licence
    event: SystemEvent
    notice: SystemEvent
    token: ApiToken
    imported: Import
    file: RequestFile
    limited: Restriction
    override: LimitOverride
    reservation: int
    invoiced: InvoiceLine

    @property
    def tenant(self) -> Tenant:
        return self.administrator.tenant


def build_house() -> House:
    tenant = factories.TenantFactory(suite=True)
    licence = factories.LicenceFactory(tenant=tenant, type=tenant.suite_plan.seat_licence)
    administrator = factories.UserFactory(tenant=tenant, administrator=True)
    member = factories.UserFactory(tenant=tenant)
    third_party = factories.LicenceFactory(tenant=tenant, type__owner=factories.LicenceOwnerFactory())
    for user in (administrator, member):
        factories.SeatFactory(licence=licence, user=user)
        factories.SeatFactory(licence=third_party, user=user)
    receive(tenant, {third_party.type: 1})
    job = factories.JobFactory(tenant=tenant, event__activated_by=administrator)
    notice = factories.NoticeFactory(tenant=tenant)
    token = factories.ApiTokenFactory(tenant=tenant)
    imported = factories.ImportFactory(tenant=tenant, columns=["User ID"])
    file = factories.RequestFileFactory(tenant=tenant)
    limited = factories.RestrictionFactory(tenant=tenant, limit=100)
    override = factories.LimitOverrideFactory(restriction=limited)
    return House(
        administrator,
        member,
        licence,
        third_party,
        job.event,
        notice,
        token,
        imported,
        file,
        limited,
        override,
        reservation_of(limited),
        factories.InvoiceLineFactory(tenant=tenant),
    )


def passkey_of(user: User) -> Authenticator:
    """A passkey that is known by name only: nobody can log in with it."""
    with scope_of(user):
        return Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Key"})[0]


def reservation_of(limited: Restriction) -> int:
    """The number of one that is held, with its capacity."""
    with scope_of(limited):
        asked = {"quantity": 1, "source": "https://crm.example", "reserve_seconds": 600}
        answer = consume(limited.tenant, limited.type.code, **asked)
    assert answer.reservation is not None
    return answer.reservation


@dataclass(frozen=True)
class Sample:
    """What to write for one parameter: something of a house's, and something that nobody has."""

    of: Callable[[House], Any]
    never: Any = NEVER


SAMPLES = {
    "event_id": Sample(lambda house: house.event.pk),
    "import_id": Sample(lambda house: house.imported.pk),
    "notifications:notice event_id": Sample(lambda house: house.notice.pk),
    "notifications:notice_end event_id": Sample(lambda house: house.notice.pk),
    "admin:notifications_systemevent_notice event_id": Sample(lambda house: house.notice.pk),
    "admin:notifications_systemevent_end event_id": Sample(lambda house: house.notice.pk),
    "code": Sample(lambda house: house.licence.type.code, "no-such-licence"),
    "owner": Sample(lambda house: house.third_party.type.owner.code, "no-such-owner"),
    "licences:limit code": Sample(lambda house: house.limited.type.code, "no-such-limit"),
    "api:restriction code": Sample(lambda house: house.limited.type.code, "no-such-limit"),
    "api:consume code": Sample(lambda house: house.limited.type.code, "no-such-limit"),
    "api:release code": Sample(lambda house: house.limited.type.code, "no-such-limit"),
    "api:fencing_of code": Sample(lambda house: house.limited.type.code, "no-such-limit"),
    "number": Sample(lambda house: house.reservation),
    "restriction_id": Sample(lambda house: house.limited.pk),
    "override_id": Sample(lambda house: house.override.pk),
    "licences:superfluous code": Sample(lambda house: house.third_party.type.code, "no-such-licence"),
    "licences:owner_licence code": Sample(lambda house: house.third_party.type.code, "no-such-licence"),
    "licences:feature code": Sample(
        lambda house: f"{house.third_party.type.owner.code}.{house.third_party.type.code}",
        "no-such-owner.no-such-feature",
    ),
    "day": Sample(lambda _: "2026-11-26", "2026-11-25"),
    "month": Sample(lambda house: f"{house.invoiced.month:%Y-%m}", "1980-01"),
    "metering:invoice_line code": Sample(lambda house: house.invoiced.service.code, "no-such-service"),
    "metering:invoice_days_csv code": Sample(lambda house: house.invoiced.service.code, "no-such-service"),
    "metering:invoice_events_csv code": Sample(lambda house: house.invoiced.service.code, "no-such-service"),
    "person_id": Sample(lambda house: house.member.pk),
    "file_id": Sample(lambda house: house.file.pk),
    "request_id": Sample(lambda house: house.file.request_id),
    "token_id": Sample(lambda house: house.token.pk),
    "user_id": Sample(lambda house: house.member.login_id, "never-was"),
    "feature": Sample(lambda house: house.licence.type.code, "no-such-feature"),
    "api:hold key": Sample(lambda _: "requests", "never-was"),
    "tenant_id": Sample(lambda house: house.tenant.pk),
    # allauth's: a second factor, and the address in a mail about a new password.
    "pk": Sample(lambda house: passkey_of(house.administrator).pk),
    "uidb36": Sample(lambda house: int_to_base36(house.administrator.pk), int_to_base36(NEVER)),
    "key": Sample(lambda _: "set-password", "set-password"),
    "api:system_event key": Sample(lambda house: house.event.key, "no-such-event"),
    # Django admin's: for support staff, who see every tenant; to everybody else each address says the same.
    "object_id": Sample(lambda house: house.administrator.pk),
    "content_type_id": Sample(lambda _: NEVER),
    "entry_id": Sample(lambda _: NEVER),
    "usage_event_id": Sample(lambda _: NEVER),
    "usage_month_id": Sample(lambda _: NEVER),
    "app_label": Sample(lambda _: "licences", "metering"),
    "url": Sample(lambda _: "no/such/page", "no/such/thing"),
}
"""By the name of the parameter; `route parameter` where a route means something else by it."""


@dataclass(frozen=True)
class Route:
    """`template` is the address as the URLconf writes it; `name` is empty where the URLconf gives none."""

    template: str
    name: str
    parameters: tuple[str, ...]
    view: Callable[..., Any]

    def __str__(self) -> str:
        return self.name or self.template

    @property
    def is_api(self) -> bool:
        return self.template.startswith("api/")

    def values_of(self, house: House) -> dict[str, Any]:
        return {parameter: self._sample(parameter).of(house) for parameter in self.parameters}

    def values_of_nothing(self) -> dict[str, Any]:
        return {parameter: self._sample(parameter).never for parameter in self.parameters}

    def address(self, values: dict[str, Any]) -> str:
        if self.name:
            return reverse(self.name, kwargs=values)
        return "/" + re.sub(r"\(\?P<(\w+)>.*\)\$", lambda parameter: str(values[parameter[1]]), self.template)

    def _sample(self, parameter: str) -> Sample:
        return SAMPLES.get(f"{self.name} {parameter}") or SAMPLES[parameter]


def routes() -> list[Route]:
    """All of them; of those that share an address, the first, which is the one that is met."""
    found: dict[str, Route] = {}
    for route in _walk(get_resolver(), "", "", ()):
        found.setdefault(route.template, route)
    return list(found.values())


LOOKED_AT_CLOSELY = {Tenant, User, Authenticator}
"""One model without a tenant above it, one of a tenant's and one of a library's."""


def samples(of: list[Route]) -> list[Route]:
    """With full counts all of them. Else those of Django admin, which has the same views for every model, for a few."""
    others = tuple(
        f"admin/{model._meta.app_label}/{model._meta.model_name}/"
        for model in admin.site._registry
        if model not in LOOKED_AT_CLOSELY and not PROOF
    )
    return [route for route in of if not route.template.startswith(others)]


def by_each(methods: Iterable[str], of: Iterable[Route]) -> Iterator[tuple[str, Route]]:
    """Every route by the first method, samples of them by the others."""
    first, *others = methods
    routes = list(of)
    yield from ((first, route) for route in routes)
    yield from ((method, route) for method in others for route in samples(routes))


def _walk(resolver: URLResolver, template: str, namespace: str, parameters: tuple[str, ...]) -> Iterator[Route]:
    for pattern in resolver.url_patterns:
        here = template + str(pattern.pattern).removeprefix("^")
        inside = (*parameters, *pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            yield from _walk(
                pattern, here, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace, inside
            )
        else:
            yield Route(here, f"{namespace}{pattern.name}" if pattern.name else "", inside, pattern.callback)


def rows_of(tenant: Tenant) -> dict[str, str]:
    """A digest of every row of the tenant, by table."""
    with support_scope("a test compares rows"), connection.cursor() as cursor:
        return {
            model._meta.db_table: _digest(cursor, model._meta.db_table, f"WHERE {policy.column} = {tenant.pk}")
            for model, policy in tenant_policies()
        }


def all_rows() -> dict[str, str]:
    """A digest of every row there is, by table; but for sessions, which each request may touch."""
    with behind_the_policies(), connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor)) - {"django_session"}
        return {table: _digest(cursor, table) for table in tables}


def _digest(cursor: CursorWrapper, table: str, where: str = "") -> str:
    cursor.execute(f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t {where}')
    return str(cursor.fetchone()[0])
