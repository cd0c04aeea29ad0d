import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from licences.models import LicenceSet, User
from tests.conftest import ClientOf
from tests.factories import LicenceFactory, LicenceOwnerFactory, SeatFactory, UserFactory, UserGroupFactory, scope_of


def page_of(user: User, client_of: ClientOf) -> str:
    return client_of(user).get("/account/").content.decode()


@pytest.mark.parametrize("who", ["administrator", "member"])
def test_everybody_sees_who_they_are_here(request: pytest.FixtureRequest, client_of: ClientOf, who: str) -> None:
    user: User = request.getfixturevalue(who)
    with scope_of(user):
        User.objects.filter(pk=user.pk).update(primary_group=UserGroupFactory(tenant=user.tenant, name="Sales North"))

    page = page_of(user, client_of)

    for fact in (user.login_id, user.full_name, user.email, user.get_role_display(), "Sales North"):
        assert fact in page


def test_the_licences_that_one_holds_are_listed_with_their_owner(client_of: ClientOf, member: User) -> None:
    third_party = LicenceOwnerFactory(name="Blekkhus")
    SeatFactory(user=member, licence__type__owner=third_party, licence__name="Postcards")

    page = page_of(member, client_of)

    assert "Postcards" in page
    assert "Blekkhus, since 5 Jan 2026" in page


@pytest.mark.parametrize(
    "seat",
    [
        {"released_at": timezone.now()},
        {"licence__type__hidden": True},
        {"licence__licence_set__state": LicenceSet.State.SUPERSEDED},
    ],
    ids=["given back", "hidden", "of a superseded set"],
)
def test_such_a_licence_is_not_listed(client_of: ClientOf, member: User, seat: dict[str, object]) -> None:
    SeatFactory(user=member, licence__name="Postcards", **seat)

    assert "Postcards" not in page_of(member, client_of)


def test_nobody_sees_what_a_colleague_holds(client_of: ClientOf, member: User) -> None:
    SeatFactory(user=UserFactory(tenant=member.tenant), licence=LicenceFactory(tenant=member.tenant, name="Postcards"))

    assert "Postcards" not in page_of(member, client_of)


def test_second_factors_are_listed_with_their_last_use(client_of: ClientOf, member: User, outsider: User) -> None:
    Authenticator.objects.create(
        user=member, type=Authenticator.Type.WEBAUTHN, data={"name": "My laptop"}, last_used_at=timezone.now()
    )
    Authenticator.objects.create(user=outsider, type=Authenticator.Type.WEBAUTHN, data={"name": "Their laptop"})

    page = page_of(member, client_of)

    assert "My laptop" in page
    assert "Last used now" in page
    assert "Their laptop" not in page


def test_support_sees_its_account_without_licences(client_of: ClientOf, support: User) -> None:
    page = page_of(support, client_of)

    assert support.login_id in page
    assert "Your licences" not in page


def test_the_page_asks_the_database_as_often_for_many_licences_as_for_one(client_of: ClientOf, member: User) -> None:
    client = client_of(member)
    client.get("/account/")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get("/account/")
        return len(captured)

    few = queries()
    for _ in range(20):
        SeatFactory(user=member)

    assert queries() == few <= 12
