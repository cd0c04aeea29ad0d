"""The vendor's command line: make a key, sign an owner's key, sign a set. What it makes is what consoles take."""

import json
import stat
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from licences.licence_file import LicenceFile, read_licence_file
from licences.models import LicenceSet
from licences.services.loading import load_licence_file
from licences.signing import public_key
from tests.factories import LicenceOwnerFactory, LicenceTypeFactory, TenantFactory, scope_of

MODULE_BASED = """
company_name = "Nordlys Fisk"
serial_number = "2000000001"
issue_number = 3
version = "12.1"
warn_from_on = 2027-02-27
expires_on = 2027-03-27
grace_until_on = 2027-04-08
maintenance_until_on = 2027-02-27
valid_until = 2036-12-31T23:59:59+01:00
add_ons = ["calendar-synchronisation"]

[[plans]]
code = "ten-sales"
tier = 2
seats = 19

[[plans]]
code = "ten-service"
tier = 2
seats = 20

[[licences]]
code = "ms-teams"
name = "MS Teams for SuperOffice"
total = 1
"""
SUITE = {
    "company_name": "Nordlys Fisk",
    "serial_number": "2000000001",
    "issue_number": 3,
    "suite_plan": "plus",
    "seats": 50,
}
THIRD_PARTY = {
    "owner": "tindekart",
    "company_name": "Nordlys Fisk",
    "serial_number": "2000000001",
    "issue_number": 1,
    "licences": [{"code": "maps", "name": "Maps", "total": 1}],
}


class Desk:
    """A directory at the vendor's, in which commands are typed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __call__(self, command: str, *arguments: str) -> list[str]:
        here = [str(self.path(each)) if "." in each and not each.startswith("--") else each for each in arguments]
        printed = StringIO()
        call_command(command, *here, stdout=printed)
        return printed.getvalue().splitlines()

    def path(self, name: str) -> Path:
        return self.directory / name

    def write(self, name: str, said: str | dict[str, Any]) -> None:
        self.path(name).write_text(said if isinstance(said, str) else json.dumps(said))

    def make_key(self, name: str) -> str:
        return self("make_licence_key", name)[-1]

    def read(self, name: str, *, vendor_key: str) -> LicenceFile:
        return read_licence_file(self.path(name).read_bytes(), vendor_key=public_key(vendor_key), now=datetime.now(UTC))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_private_key_is_for_its_owners_eyes_and_the_public_one_is_printed(desk: Desk) -> None:
    printed = desk.make_key("vendor.key")

    private = json.loads(desk.path("vendor.key").read_text())
    assert stat.S_IMODE(desk.path("vendor.key").stat().st_mode) == 0o600
    assert printed == private["x"]
    assert private["d"] not in printed


def test_a_set_of_plans_is_signed_with_all_that_comes_with_them(desk: Desk) -> None:
    vendor_key = desk.make_key("vendor.key")
    desk.write("set.toml", MODULE_BASED)

    printed = desk("sign_licence_set", "set.toml", "set.licence", "--key", "vendor.key")

    signed = desk.read("set.licence", vendor_key=vendor_key)
    totals = {licence.code: licence.total for licence in signed.licences}
    assert (totals["ten-sales"], totals["ten-service"], totals["user"]) == (19, 20, 39)
    assert (totals["sale-cal"], totals["ej-client"], totals["synchronizer-cal"], totals["ms-teams"]) == (19, 20, 39, 1)
    assert (signed.issue_number, signed.expires_on, signed.suite_plan) == (3, date(2027, 3, 27), None)
    assert signed.valid_until == datetime(2036, 12, 31, 22, 59, 59, tzinfo=UTC)
    assert "issue 3 of superoffice for 2000000001" in printed[-1]


def test_a_suite_set_is_signed_with_all_that_its_plan_brings(desk: Desk) -> None:
    vendor_key = desk.make_key("vendor.key")
    desk.write("set.json", SUITE)

    desk("sign_licence_set", "set.json", "set.licence", "--key", "vendor.key")

    signed = desk.read("set.licence", vendor_key=vendor_key)
    assert signed.suite_plan == "plus"
    assert {licence.code: licence.total for licence in signed.licences}["plus"] == 50


@pytest.mark.django_db
def test_a_third_party_signs_with_the_key_that_the_vendor_has_signed(desk: Desk, settings: Settings) -> None:
    settings.LICENCE_VENDOR_KEY = desk.make_key("vendor.key")
    kind = LicenceTypeFactory(code="maps", owner=LicenceOwnerFactory(code="tindekart"), system=True)
    tenant = TenantFactory(company_name="Nordlys Fisk", serial_number="2000000001")
    public = desk.make_key("tindekart.key")
    desk.write("set.json", THIRD_PARTY)

    desk(
        "sign_owner_key",
        "tindekart.signed",
        *("--key", "vendor.key", "--owner", "tindekart", "--public-key", public, "--valid-until", "2036-12-31"),
    )
    desk("sign_licence_set", "set.json", "set.licence", "--key", "tindekart.key", "--owner-key", "tindekart.signed")

    with scope_of(tenant):
        loaded = load_licence_file(tenant, desk.path("set.licence").read_bytes(), by=None)
        assert loaded.licences.get().type == kind
    assert loaded.state == LicenceSet.State.ACTIVE


def test_nothing_is_ever_written_over(desk: Desk) -> None:
    public = desk.make_key("vendor.key")
    desk.write("set.toml", MODULE_BASED)
    desk.write("there.already", "kept")
    signing = ("--key", "vendor.key", "--owner", "tindekart", "--public-key", public, "--valid-until", "2036-12-31")

    for command, arguments in {
        "make_licence_key": ["there.already"],
        "sign_owner_key": ["there.already", *signing],
        "sign_licence_set": ["set.toml", "there.already", "--key", "vendor.key"],
    }.items():
        with pytest.raises(CommandError, match="is there already and stays as it is"):
            desk(command, *arguments)

    assert desk.path("there.already").read_text() == "kept"


WRONG: dict[str, tuple[str | dict[str, Any], str]] = {
    "no TOML": ("plans = [", "set.toml: "),
    "a value of its own": (MODULE_BASED.replace("version =", "colour ="), "colour: Extra inputs"),
    "no serial number": (MODULE_BASED.replace("serial_number", "# serial_number"), "serial_number: Field required"),
    "an unknown plan": (MODULE_BASED.replace("ten-service", "ten-nothing"), "does not have .*ten-nothing"),
    "a plan at two tiers": (MODULE_BASED.replace('"ten-service"\ntier = 2', '"ten-sales"\ntier = 1'), "two tiers"),
    "an unknown add-on": (MODULE_BASED.replace("calendar-sync", "sync"), "does not have synchronisation"),
    "no seats": (MODULE_BASED.replace("seats = 20", "chairs = 20"), "'seats'"),
    "fewer than none": (MODULE_BASED.replace("seats = 20", "seats = -1"), "-1"),
    "twice": (MODULE_BASED.replace('code = "ms-teams"', 'code = "user"'), "in the set twice"),
    "dates out of order": (MODULE_BASED.replace("2027-04-08", "2027-01-01"), "out of order"),
    "over already": (MODULE_BASED.replace("2036", "2020"), "has expired"),
    "another owner": (MODULE_BASED + '[[licences]]\ncode = "a"\nname = "A"\ntotal = 0\n', "greater than or equal to 1"),
    "for a third party": ('owner = "tindekart"\n' + MODULE_BASED, "not signed by the owner"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_set_that_no_console_would_take_is_not_signed(case: str, desk: Desk) -> None:
    said, reason = WRONG[case]
    desk.make_key("vendor.key")
    desk.write("set.toml", said)

    with pytest.raises(CommandError, match=reason):
        desk("sign_licence_set", "set.toml", "set.licence", "--key", "vendor.key")

    assert not desk.path("set.licence").exists()


def test_a_third_party_needs_the_key_that_was_signed_for_it(desk: Desk) -> None:
    desk.make_key("vendor.key")
    desk.make_key("tindekart.key")
    other = desk.make_key("other.key")
    desk.write("set.json", THIRD_PARTY)
    signing = ("--key", "vendor.key", "--owner", "tindekart", "--public-key", other)
    desk("sign_owner_key", "other.signed", *signing, "--valid-until", "2036-12-31")
    desk("sign_owner_key", "old.signed", *signing, "--valid-until", "2020-12-31")

    for key, grant, reason in (
        ("tindekart.key", "other.signed", "not signed by the owner"),
        ("other.key", "old.signed", "has expired"),
        ("other.key", "vendor.key", "not signed by the vendor"),
        ("other.key", "no.key", "No such file"),
    ):
        with pytest.raises(CommandError, match=reason):
            desk("sign_licence_set", "set.json", "set.licence", "--key", key, "--owner-key", grant)


def test_what_holds_no_private_key_signs_nothing(desk: Desk) -> None:
    desk.write("set.json", SUITE)
    for said in ("nothing", "{}", "[]", '{"kty": "OKP", "crv": "Ed25519", "x": "' + "A" * 43 + '"}'):
        desk.write("some.key", said)
        with pytest.raises(CommandError, match="holds no private key"):
            desk("sign_licence_set", "set.json", "set.licence", "--key", "some.key")


def test_a_public_key_that_is_none_is_not_signed(desk: Desk) -> None:
    desk.make_key("vendor.key")

    for public, owner in (("short", "tindekart"), ("A" * 43, "superoffice"), ("A" * 43, "Not A Code")):
        with pytest.raises(CommandError):
            desk(
                "sign_owner_key",
                "a.signed",
                *("--key", "vendor.key", "--owner", owner, "--public-key", public, "--valid-until", "2036-12-31"),
            )

    assert not desk.path("a.signed").exists()
