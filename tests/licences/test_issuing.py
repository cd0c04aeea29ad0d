"""Support issues licence sets in Django admin: what of an owner is typed."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from config.tenancy.scopes import support_scope
from licences.models import LicenceSet, LicenceType, Tenant, User
from licences.services.issuing import OvertakenByAnother, issue_set
from licences.services.licence_sets import LicenceDates, LicenceLine
from tests.factories import (
    LicenceFactory,
    LicenceOwnerFactory,
    LicenceSetFactory,
    LicenceTypeFactory,
    TenantFactory,
    scope_of,
)
from tests.licences.issuing import filled_in, page_of
from tests.routes import rows_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return TenantFactory()


@pytest.fixture
def maps() -> LicenceType:
    return LicenceTypeFactory(owner=LicenceOwnerFactory(), system=True)


def test_a_first_set_is_issued(support_client: Client, tenant: Tenant, maps: LicenceType) -> None:
    page = page_of(tenant, maps.owner.code)
    sent = filled_in(support_client, page, version="3.4", expires_on="2027-03-27")
    dates = {"warn_from_on": "2027-02-27", "grace_until_on": "2027-04-08"}

    support_client.post(page, sent | dates | {f"number-{maps.code}": 1})

    with scope_of(tenant):
        issued = LicenceSet.objects.get()
        assert issued.licences.get().type == maps
    assert (issued.owner, issued.issue_number, issued.state, issued.version) == (maps.owner, 1, "active", "3.4")
    assert (issued.origin, issued.expires_on) == ("issued", date(2027, 3, 27))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"why": ""}, "This field is required."),
        ({"expires_on": "2027-03-27"}, "Warning, expiry and grace follow one another; none or all are set."),
        ({"number": 0}, "A licence set holds at least one licence."),
        ({"number": -1}, "greater than or equal to 0"),
        ({"number": 10**9}, "less than or equal to 1000000"),
        ({"follows": 3}, "Another licence set has come in meanwhile."),
        ({"version": "12.\x00"}, "Null characters are not allowed."),
    ],
)
def test_what_does_not_do_is_said_and_nothing_changes(
    typed: dict[str, Any], said: str, support_client: Client, tenant: Tenant, maps: LicenceType
) -> None:
    page, before = page_of(tenant, maps.owner.code), rows_of(tenant)
    numbers = {f"number-{maps.code}": typed.pop("number", 1)}

    response = support_client.post(page, filled_in(support_client, page) | numbers | typed)

    assert response.status_code == 422
    assert said in response.text
    assert rows_of(tenant) == before


@pytest.mark.parametrize("owner", ["nobody", "\x00"])
def test_an_owner_that_is_not_there_is_not_found(owner: str, support_client: Client, tenant: Tenant) -> None:
    assert support_client.get(page_of(tenant, owner)).status_code == 404


def test_a_set_that_another_overtook_is_not_issued(support: User) -> None:
    owned = LicenceFactory(licence_set__issue_number=4)
    LicenceSetFactory(tenant=owned.tenant, state=LicenceSet.State.DISCARDED, issue_number=5, activated_at=None)

    with support_scope("a test issues"), pytest.raises(OvertakenByAnother, match="has come in meanwhile"):
        issue_set(
            owned.tenant,
            owner=owned.type.owner,
            follows=4,
            lines=[LicenceLine(owned.type, 3, "Three")],
            dates=LicenceDates(),
            version="",
            suite_plan=None,
            why="",
            by=support,
        )
