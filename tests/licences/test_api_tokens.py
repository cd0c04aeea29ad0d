"""API tokens: of which nobody can know more than was shown once, and whose making and end the history tells."""

import hashlib
import re
from collections import Counter
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from config.tenancy.scopes import identity_scope
from licences.models import ApiToken, HistoryEntry, Tenant, User
from licences.reports.history_words import rows_of
from licences.services.api_tokens import MadeToken, find_token, make_token, revoke_token
from licences.services.history import breaks
from tests.factories import TenantFactory, scope_of
from tests.threads import at_once

pytestmark = pytest.mark.django_db

SOURCE = "https://crm.nordlys.example"


def make(by: User, **more: object) -> MadeToken:
    with scope_of(by):
        return make_token(by.tenant, **{"source": SOURCE, "scopes": ["usage:read", "licences:read"], "by": by} | more)


def history(tenant: Tenant) -> list[HistoryEntry]:
    with scope_of(tenant):
        assert list(breaks(tenant)) == []
        return list(HistoryEntry.objects.order_by("number"))


def test_a_token_has_a_form_that_scanners_know_and_256_random_bits(administrator: User) -> None:
    first, second = make(administrator), make(administrator)

    assert re.fullmatch("lic_[0-9a-f]{64}", first.clear)
    assert first.clear != second.clear


def test_only_a_hash_and_the_beginning_are_kept(administrator: User) -> None:
    made = make(administrator)

    with scope_of(administrator):
        row = ApiToken.objects.values().get(pk=made.token.pk)
    assert row["hash"] == hashlib.sha256(made.clear.encode()).hexdigest()
    assert made.clear.startswith(row["prefix"])
    assert made.clear not in str(row)
    assert made.clear not in repr(made)


def test_scopes_are_kept_in_one_order_and_once(administrator: User) -> None:
    made = make(administrator, scopes=["usage:read", "licences:read", "usage:read"])

    assert made.token.scopes == ["usage:read", "licences:read"]


def test_making_is_in_the_history_without_the_token(administrator: User) -> None:
    end = timezone.now() + timedelta(days=30)

    made = make(administrator, expires_at=end)

    (entry,) = history(administrator.tenant)
    assert (entry.action, entry.by_id, entry.by_name) == ("token_made", administrator.pk, administrator.login_id)
    assert entry.subject == f"{SOURCE} ({made.clear[:12]}…)"
    assert entry.after == {
        "source": SOURCE,
        "scopes": ["usage:read", "licences:read"],
        "expires_at": end.isoformat(),
    }
    told = str({field.name: getattr(entry, field.attname) for field in entry._meta.fields})
    assert made.clear[12:] not in told
    assert made.token.hash not in told


def test_revoking_is_in_the_history_once(administrator: User) -> None:
    made = make(administrator)

    with scope_of(administrator):
        told = [revoke_token(made.token, by=administrator), revoke_token(made.token, by=administrator)]

    made_entry, revoked_entry = rows_of(history(administrator.tenant))
    assert told == [True, False]
    assert [made_entry.entry.action, revoked_entry.entry.action] == ["token_made", "token_revoked"]
    assert [str(each) for each in revoked_entry.differences] == ["Revoked no → yes"]
    with identity_scope():
        assert find_token(made.clear) is None


@pytest.mark.django_db(transaction=True)
def test_of_many_who_revoke_at_once_one_does(administrator: User) -> None:
    made = make(administrator)

    def revoke() -> bool:
        with scope_of(administrator):
            return revoke_token(made.token, by=administrator)

    assert Counter(at_once([revoke] * 8)) == {True: 1, False: 7}
    assert [entry.action for entry in history(administrator.tenant)] == ["token_made", "token_revoked"]


def test_another_tenants_token_is_not_revoked(administrator: User, outsider: User) -> None:
    made = make(administrator)
    made.token.tenant = outsider.tenant

    with scope_of(outsider):
        assert not revoke_token(made.token, by=outsider)

    with identity_scope():
        assert find_token(made.clear) == made.token


def test_the_command_prints_the_token_alone_on_the_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    tenant = TenantFactory()

    call_command(
        *["create_api_token", "--tenant", tenant.serial_number, "--source", SOURCE],
        *["--scope", "licences:read", "--scope", "events:write"],
    )

    *_said, last = capsys.readouterr().out.splitlines()
    with identity_scope():
        token = find_token(last)
    assert token is not None
    assert (token.tenant, token.source, token.scopes) == (tenant, SOURCE, ["events:write", "licences:read"])
    assert token.made_by_name == "the system"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"--tenant": "0000000000"}, "There is no tenant 0000000000"),
        ({"--scope": "everything"}, "invalid choice: 'everything'"),
        ({"--source": " "}, "from 1 to 200 characters"),
        ({"--source": "x" * 201}, "from 1 to 200 characters"),
    ],
)
def test_the_command_says_what_is_wrong_and_makes_nothing(change: dict[str, str], message: str) -> None:
    tenant = TenantFactory()
    options = {"--tenant": tenant.serial_number, "--source": SOURCE, "--scope": "licences:read"} | change

    with pytest.raises(CommandError, match=message):
        call_command("create_api_token", *[word for option in options.items() for word in option])

    with scope_of(tenant):
        assert not ApiToken.objects.exists()
