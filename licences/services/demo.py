"""Three demo tenants, the same every time: invented companies and people, for development only."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from licences.catalogue.published import published_catalogue
from licences.models import (
    Licence,
    LicenceOwner,
    LicenceSet,
    LicenceType,
    Restriction,
    RestrictionType,
    ServerAnswer,
    SuitePlan,
    Tenant,
    User,
    UserGroup,
)
from licences.plan_features import LicenceRow, licence_rows, suite_rows
from licences.services.demo_limits import DAYS, use_up
from licences.services.demo_requests import give_requests
from licences.services.demo_use import give_use
from licences.services.licence_sets import Issue, LicenceDates, LicenceLine, receive_set
from licences.services.limits import settle_limits
from licences.services.seats import assign_seats

PASSWORD = "demo"  # noqa: S105 - for development, refused elsewhere
SUPPORT_LOGIN = "support"
VERSION = "12.1"
WHY = "Taken over when the console was set up"
PRODUCT_VERSION = "SuperOffice 12.1, NetServer 12.1 Stable (build 12.1.2026.1109)"

COUNTED_HERE = "active-projects"

PEOPLE = tomllib.loads((Path(__file__).parent / "demo_people.toml").read_text())
ASCII = str.maketrans("øåæ", "oaa")


@dataclass(frozen=True, slots=True)
class Demo:
    """One demo tenant. `plans` are the seats bought and taken of (plan code, tier); on Suite of the one plan."""

    number: int
    company_name: str
    domain: str
    plans: dict[tuple[str, int], tuple[int, int]]
    expires_in_days: int
    suite_plan: str = ""
    used: dict[str, int] = field(default_factory=dict)
    feature_labs: tuple[str, ...] = ()
    add_ons: tuple[str, ...] = ()
    third_party: tuple[str, ...] = ()
    without_seat: int = 4

    @property
    def serial_number(self) -> str:
        return f"{1_000_000_000 + self.number}"


DEMOS = (
    Demo(
        number=1,
        company_name="Fjellvind Handel AS",
        domain="fjellvind.example",
        plans={
            ("ten-sales", 2): (21, 21),
            ("ten-service", 2): (15, 5),
            ("ten-salesservicemarketing", 2): (20, 20),
            ("ten-marketing", 2): (7, 3),
        },
        expires_in_days=385,
        feature_labs=("AI Labs",),
        add_ons=("customer-engagement-platform", "ai", "expander-services", "calendar-synchronisation"),
        third_party=("tindekart",),
    ),
    Demo(
        number=2,
        company_name="Kystlinje Rådgivning AS",
        domain="kystlinje.example",
        suite_plan="core",
        plans={("core", 0): (20, 17)},
        expires_in_days=146,
        used={"dashboards": 12, "active-projects": 97},
        feature_labs=("AI Labs", "New diary"),
        without_seat=3,
    ),
    Demo(
        number=3,
        company_name="Nordlys Marked AS",
        domain="nordlysmarked.example",
        suite_plan="plus",
        plans={("plus", 0): (40, 31)},
        expires_in_days=320,
        used={"dashboards": 34, "active-projects": 212, "custom-objects": 6, "active-flows": 10},
        without_seat=5,
    ),
)


@transaction.atomic
def load_demo() -> list[str]:
    """Create what is missing of the demo tenants and the support login; returns what was created, in words.

    The catalogue must be loaded and every tenant's rows visible (support's scope).
    """
    password = make_password(PASSWORD)
    created = []
    for demo in DEMOS:
        if not Tenant.objects.filter(serial_number=demo.serial_number).exists():
            _create(demo, password)
            created.append(f"{demo.company_name} ({demo.serial_number})")
        give_use(Tenant.objects.get(serial_number=demo.serial_number))
    support, is_new = User.objects.get_or_create(
        login_id=SUPPORT_LOGIN,
        defaults={
            "full_name": "Signe Storlia",
            "email": "support@console.example",
            "role": User.Role.SUPPORT,
            "password": password,
        },
    )
    for demo in DEMOS:
        give_requests(Tenant.objects.get(serial_number=demo.serial_number), support=support)
    return [*created, *([SUPPORT_LOGIN] if is_new else [])]


def _create(demo: Demo, password: str) -> None:
    tenant = Tenant.objects.create(
        company_name=demo.company_name,
        serial_number=demo.serial_number,
        subscription=Tenant.Subscription.CRM_SUITE if demo.suite_plan else Tenant.Subscription.MODULE_BASED,
        suite_plan=SuitePlan.objects.get(code=demo.suite_plan) if demo.suite_plan else None,
        database_type=f"PostgreSQL 18 / CRM{demo.serial_number[-5:]}, Central",
        product_version=PRODUCT_VERSION,
        feature_labs=list(demo.feature_labs),
    )
    users = _create_users(demo, tenant, password)
    _issue_vendor_set(demo, tenant)
    for owner in demo.third_party:
        _issue_third_party_set(tenant, owner=owner, users=users)
    _give_plans(demo, tenant, users)
    now = timezone.now()
    # Asked just now: the offers of the demo's licence server come on a click, not by themselves.
    vendor = LicenceOwner.objects.get(is_vendor=True)
    ServerAnswer.objects.create(tenant=tenant, owner=vendor, status=ServerAnswer.Status.OK, asked_at=now)
    if demo.suite_plan:
        _limit(demo, tenant)


def _limit(demo: Demo, tenant: Tenant) -> None:
    """The product reports what is in use; active projects are counted here. So it has been for 90 days."""
    restrictions = Restriction.objects.bulk_create(
        Restriction(
            tenant=tenant,
            type=kind,
            limit=None,
            authority="console" if kind.code == COUNTED_HERE else "product",
            as_of=timezone.now() - timedelta(days=DAYS + 2),
        )
        for kind in RestrictionType.objects.all()
    )
    settle_limits(tenant)
    for restriction in restrictions:
        use_up(restriction, tenant, used=demo.used.get(restriction.type.code, 0))


def _create_users(demo: Demo, tenant: Tenant, password: str) -> list[User]:
    """The administrator, the member, and as many others as the plans need; the last few hold none."""
    groups = UserGroup.objects.bulk_create(
        UserGroup(tenant=tenant, name=name) for name in ("Management", "Sales", "Service", "Marketing")
    )
    wanted = _people_with_a_plan(demo) + demo.without_seat
    people = [
        User(
            tenant=tenant,
            login_id=f"{first}.{last}.{demo.number}".lower().translate(ASCII),
            full_name=f"{first} {last}",
            email=f"{first}.{last}@{demo.domain}".lower().translate(ASCII),
            primary_group=groups[place % len(groups)],
            can_log_in=place < wanted - demo.without_seat,
            password=make_password(None),
        )
        for place, (first, last) in enumerate(islice(_names(demo.number), wanted))
    ]
    for person, login, role in ((people[0], "admin", User.Role.ADMINISTRATOR), (people[1], "member", User.Role.MEMBER)):
        person.login_id, person.role, person.password = f"{login}{demo.number}", role, password
    return list(User.objects.bulk_create(people))


def _names(seed: int) -> Iterator[tuple[str, str]]:
    """Every first name with every last name, no pair twice, in an order that differs by tenant."""
    first_names, last_names = PEOPLE["first_names"], PEOPLE["last_names"]
    for step in range(len(last_names)):
        for place in range(len(first_names)):
            yield (
                first_names[(place + 11 * seed) % len(first_names)],
                last_names[(place * seed + step) % len(last_names)],
            )


def _people_with_a_plan(demo: Demo) -> int:
    """Those who hold Marketing on the module-based tenant hold Sales already: multi-plan users."""
    return sum(taken for (code, _tier), (_seats, taken) in demo.plans.items() if code != "ten-marketing")


def vendor_rows(demo: Demo) -> list[LicenceRow]:
    """The vendor's rows of the demo's licence set."""
    catalogue = published_catalogue()
    if demo.suite_plan:
        ((_plan, (seats, _taken)),) = demo.plans.items()
        return suite_rows(demo.suite_plan, seats=seats, catalogue=catalogue)
    bought = {plan: seats for plan, (seats, _taken) in demo.plans.items()}
    return licence_rows(bought, catalogue=catalogue, add_ons=demo.add_ons)


def _issue_vendor_set(demo: Demo, tenant: Tenant) -> LicenceSet:
    owner = LicenceOwner.objects.get(is_vendor=True)
    dates = spaced_dates(tenant.today + timedelta(days=demo.expires_in_days))
    issue = Issue(owner, 1, _lines(owner, vendor_rows(demo)), version=VERSION, dates=dates)
    return receive_set(tenant, issue, by=None)


def _lines(owner: LicenceOwner, rows: list[LicenceRow]) -> list[LicenceLine]:
    types = {licence.code: licence for licence in LicenceType.objects.filter(owner=owner)}
    return [LicenceLine(type=types[row.code], total=row.number, name=row.name, tier=row.tier) for row in rows]


def _issue_third_party_set(tenant: Tenant, *, owner: str, users: list[User]) -> None:
    """A third party's licences: ten of each user licence, some of them taken."""
    issuer = LicenceOwner.objects.get(code=owner)
    kinds = issuer.types.filter(hidden=False)
    lines = [
        LicenceLine(type=kind, total=10 if kind.kind == LicenceType.Kind.USER else 1, name=kind.name) for kind in kinds
    ]
    dates = spaced_dates(tenant.today + timedelta(days=210))
    issued = receive_set(tenant, Issue(issuer, 1, lines, version="3.4", dates=dates), by=None)
    for place, licence in enumerate(issued.licences.filter(type__kind="user").order_by("type__sort_order")):
        assign_seats(licence, users=users[: max(0, 8 - 3 * place)], by=None, why=WHY)


def spaced_dates(expires_on: date) -> LicenceDates:
    """The spacing of the vendor's own sets: warning 28 days before expiry, grace 12 days after."""
    return LicenceDates(
        warn_from_on=expires_on - timedelta(days=28),
        expires_on=expires_on,
        grace_until_on=expires_on + timedelta(days=12),
        maintenance_until_on=expires_on - timedelta(days=28),
    )


def _give_plans(demo: Demo, tenant: Tenant, users: list[User]) -> None:
    """Plan after plan to the next users in line; Marketing goes to people who have Sales already."""
    line = iter(users)
    for (code, _tier), (_seats, taken) in demo.plans.items():
        licence = Licence.objects.get(tenant=tenant, type__code=code)
        holders = users[2 : 2 + taken] if code == "ten-marketing" else list(islice(line, taken))
        assign_seats(licence, users=holders, by=None, why=WHY)
