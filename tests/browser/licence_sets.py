"""A company whose new licence set waits, in the running console's database: made there by the product's own services.

It is a tenant of its own, so that what other tests look at stays as it is.
"""

import subprocess
import sys
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.utils import timezone
from dotenv import dotenv_values

from config.tenancy.scopes import support_scope
from config.variables import ROOT
from licences.models import Hold, Licence, LicenceOwner, LicenceSet, ServerAnswer, Tenant, User
from licences.services.licence_sets import Issue, LicenceDates, LicenceLine, receive_set
from licences.services.seats import assign_seats, release_seats
from tests.browser.conftest import PASSWORD
from tests.config.supervised import Supervised

ADMINISTRATOR = "runa"
SERIAL_NUMBER = "1000000099"
HOLDERS = {
    "dagny": "Dagny Solvoll",
    "eira": "Eira Haugnes",
    "ketil": "Ketil Rognli",
    "liv": "Liv Granmo",
    "oda": "Oda Heimvik",
}
"""Five who hold Service Premium, the longest unused first; the first has open work."""
SALES, SERVICE = "ten-sales", "ten-service"
NAMES = {SALES: "Sales Premium", SERVICE: "Service Premium"}


def put_waiting_set(console: Supervised) -> None:
    """Anew, whatever became of the last one: ten Service become two, three too few; of Sales some are free."""
    words = [sys.executable, "manage.py", "shell", "--no-imports", "-c"]
    code = "from tests.browser.licence_sets import put; put()"
    servers = {name: value or "" for name, value in dotenv_values(console.directory / "servers.env").items()}
    environ = console.environ | servers | {"DEBUG": "false"}
    done = subprocess.run([*words, code], cwd=ROOT, env=environ, timeout=120, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def put() -> None:
    """What the other process does."""
    with support_scope("a browser test needs a licence set that waits"):
        tenant = Tenant.objects.filter(serial_number=SERIAL_NUMBER).first() or _company()
        _receive(tenant, {SALES: 6, SERVICE: 10})
        holders = User.objects.of(tenant).filter(login_id__in=HOLDERS)
        assign_seats(_licence(tenant, SERVICE), users=holders, by=None)
        release_seats(_licence(tenant, SALES), users=holders, by=None)
        _receive(tenant, {SALES: 6, SERVICE: 2})


def _company() -> Tenant:
    tenant = Tenant.objects.create(
        company_name="Havgap Regnskap AS",
        serial_number=SERIAL_NUMBER,
        subscription=Tenant.Subscription.MODULE_BASED,
        database_type="PostgreSQL 18",
        product_version="SuperOffice 12.1",
    )
    administrator, busy, *_others = User.objects.bulk_create(
        User(
            tenant=tenant,
            login_id=login,
            full_name=name,
            email=f"{login}@havgap.example",
            role=User.Role.ADMINISTRATOR if login == ADMINISTRATOR else User.Role.MEMBER,
            last_used_at=timezone.now() - timedelta(days=90 - place),
            password=make_password(PASSWORD if login == ADMINISTRATOR else None),
        )
        for place, (login, name) in enumerate([(ADMINISTRATOR, "Runa Myrvang"), *HOLDERS.items()])
    )
    Hold.objects.create(
        tenant=tenant,
        user=busy,
        source="https://service.havgap.example",
        key="requests",
        reason="12 open requests",
        set_at=timezone.now(),
    )
    first = _receive(tenant, {SALES: 6, SERVICE: 10})
    assign_seats(_licence(tenant, SALES), users=[administrator], by=None)
    # Asked just now, so that beat leaves the licence server alone for a day.
    status = ServerAnswer.Status.OK
    ServerAnswer.objects.create(tenant=tenant, owner=first.owner, status=status, asked_at=timezone.now())
    return tenant


def _licence(tenant: Tenant, code: str) -> Licence:
    return Licence.objects.in_force().get(tenant=tenant, type__code=code)


def _receive(tenant: Tenant, totals: dict[str, int]) -> LicenceSet:
    owner = LicenceOwner.objects.get(is_vendor=True)
    types = {kind.code: kind for kind in owner.types.filter(code__in=totals)}
    lines = [LicenceLine(types[code], total, NAMES[code], tier=2) for code, total in totals.items()]
    last = LicenceSet.objects.filter(tenant=tenant, owner=owner).order_by("-issue_number").first()
    expires_on = tenant.today + timedelta(days=300 + (last.issue_number if last else 0))
    dates = LicenceDates(expires_on - timedelta(days=28), expires_on, expires_on + timedelta(days=12))
    return receive_set(tenant, Issue(owner, last.issue_number + 1 if last else 1, lines, "12.2", dates), by=None)
