"""The tenants that the screen is measured on, made through the services that make them everywhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import connections
from django.utils import timezone

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import (
    LicenceOwner,
    LicenceSet,
    LicenceType,
    Restriction,
    RestrictionType,
    SuitePlan,
    Tenant,
    User,
    UserGroup,
)
from licences.services.licence_sets import Issue, LicenceDates, LicenceLine, receive_set
from licences.services.limits import settle_limits
from licences.services.seats import assign_seats
from notifications.models import SystemEvent

SYSTEM, HELD = LicenceType.Kind.SYSTEM, LicenceType.Kind.USER
EVERYBODYS = "made-user-000"
"""The plan that every user of a tenant holds; on CRM Suite they hold the licence of its seats as well."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much a tenant has. Of every licence type but the one that everybody holds, `seats` users hold one."""

    users: int
    system_licences: int
    user_licences: int
    seats: int
    events: int


SMALL = Size(users=10, system_licences=10, user_licences=10, seats=3, events=25)
LARGE = Size(users=10_000, system_licences=40, user_licences=160, seats=100, events=5_000)


def make_catalogue() -> None:
    """The 200 licence types that the tenants own, beside those of the real catalogue."""
    vendor = LicenceOwner.objects.using("owner").get(is_vendor=True)
    LicenceType.objects.using("owner").bulk_create(
        LicenceType(
            owner=vendor,
            code=f"made-{kind}-{number:03}",
            name=f"{'Company' if kind == SYSTEM else 'Personal'} workspace {number:03}",
            kind=kind,
            role=LicenceType.Role.PLAN if f"made-{kind}-{number:03}" == EVERYBODYS else LicenceType.Role.FEATURE,
            tooltip="Opens the workspace with its boards, its calendar and its reports.",
            enables="The workspace with its boards, its calendar and its reports.",
            sort_order=100_000 + place,
        )
        for place, (kind, number) in enumerate(
            (kind, number)
            for kind, count in ((SYSTEM, LARGE.system_licences), (HELD, LARGE.user_licences))
            for number in range(count)
        )
    )


def make_tenant(number: int, size: Size, *, suite: bool = False) -> User:
    """A tenant of this size; returns its administrator, who holds every user licence."""
    with support_scope("the benchmark makes a tenant"):
        tenant = Tenant.objects.create(
            company_name=f"Fjordlys Handel {number} AS",
            serial_number=f"{3_000_000_000 + number}",
            subscription=Tenant.Subscription.CRM_SUITE if suite else Tenant.Subscription.MODULE_BASED,
            suite_plan=SuitePlan.objects.get(code="growth") if suite else None,
            database_type="PostgreSQL 18 / CRM50001, Central",
            product_version="Console 11.2",
            feature_labs=["AI Labs", "New diary"],
        )
    with tenant_scope(tenant.pk):
        users = _make_users(tenant, size.users)
        _give_licences(tenant, users, size)
        _make_events(tenant, users, size.events)
        if suite:
            _count_restrictions(tenant)
    return users[0]


def _make_users(tenant: Tenant, count: int) -> list[User]:
    group = UserGroup.objects.create(tenant=tenant, name="Sales")
    return User.objects.bulk_create(
        User(
            tenant=tenant,
            login_id=f"person{number}.{tenant.pk}",
            full_name=f"{('Ask', 'Liv', 'Odd', 'Siv')[number % 4]} Bergmo {number:05}",
            email=f"person{number}@fjordlys.example",
            role=User.Role.MEMBER if number else User.Role.ADMINISTRATOR,
            primary_group=group,
            password="!",
        )
        for number in range(count)
    )


def _give_licences(tenant: Tenant, users: list[User], size: Size) -> None:
    today = tenant.today
    dates = LicenceDates(today + timedelta(300), today + timedelta(330), today + timedelta(345), None)
    vendor = LicenceOwner.objects.get(is_vendor=True)
    issue = Issue(vendor, 1, list(_lines(tenant, size)), version="1", dates=dates)
    issued = receive_set(tenant, issue, by=None)
    for licence in issued.licences.filter(type__kind=HELD).select_related("type"):
        assign_seats(
            licence, users=users if licence.type.role == LicenceType.Role.PLAN else users[: size.seats], by=None
        )


def _lines(tenant: Tenant, size: Size) -> Iterable[LicenceLine]:
    types = LicenceType.objects.filter(code__startswith="made-").order_by("sort_order")
    if tenant.suite_plan:
        seat = tenant.suite_plan.seat_licence
        yield LicenceLine(seat, 2 * size.users, seat.name)
    for kind, count in ((SYSTEM, size.system_licences), (HELD, size.user_licences)):
        total = 1 if kind == SYSTEM else 2 * size.users
        for licence_type in types.filter(kind=kind)[:count]:
            yield LicenceLine(licence_type, total, licence_type.name)


def _make_events(tenant: Tenant, users: list[User], count: int) -> None:
    now = timezone.now()
    begun = [now - timedelta(minutes=10 * number) for number in range(1, count + 1)]
    SystemEvent.objects.bulk_create(
        SystemEvent(
            tenant=tenant,
            key=f"Import{number}",
            name=f"Import of persons {number}",
            status=SystemEvent.Status.FAILED if number % 10 == 0 else SystemEvent.Status.SUCCEEDED,
            percent=100,
            done=1_000,
            total=1_000,
            message="1,000 persons were read from the file; 3 were there already.",
            description="The file came from the fair in Bergen.",
            activated_at=moment,
            activated_by=users[number % len(users)],
            finished_at=moment + timedelta(minutes=4),
            heartbeat_at=moment + timedelta(minutes=4),
        )
        for number, moment in enumerate(begun)
    )


def _count_restrictions(tenant: Tenant) -> None:
    used = {"active-projects": 960, "custom-objects": 14}
    Restriction.objects.bulk_create(
        Restriction(
            tenant=tenant,
            type=kind,
            used=used.get(kind.code, 0),
            authority=Restriction.Authority.CONSOLE,
            as_of=timezone.now(),
        )
        for kind in RestrictionType.objects.all()
    )
    settle_limits(tenant)


def settle() -> None:
    """Statistics and visibility as autovacuum leaves them."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def shown(user: User) -> dict[str, list[str]]:
    """What the tabs of the user's tenant must show: its first licences, its newest events, what its system is."""
    tenant = user.tenant
    assert tenant is not None
    with tenant_scope(tenant.pk):
        listed = LicenceSet.objects.active().get(tenant=tenant, owner__is_vendor=True).licences
        return {
            "licences": list(listed.order_by("type__sort_order").values_list("name", flat=True)[:50]),
            "events": list(SystemEvent.objects.of(tenant).values_list("name", flat=True)[:25]),
            "system": [tenant.company_name, tenant.serial_number, tenant.product_version],
        }
