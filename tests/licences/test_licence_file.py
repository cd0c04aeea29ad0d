"""The rules of signed licence files: who may sign what, and when a file is refused. No database."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OctKey

from licences import licence_file
from licences.licence_file import FileRefused, LicenceFile, read_licence_file, sign_licence_file, sign_owner_key
from licences.models import Tenant
from licences.signing import MAX_BYTES, Header, NotCanonical, derived_key, make_key, sign, x_of
from tests.licences.licence_files import (
    THIRD_PARTY,
    VENDOR,
    contents,
    licence,
    now,
    owner_key,
    third_party_file,
    vendor_file,
)

STRANGER = derived_key("a stranger")
TENANT = Tenant(company_name="Fjellvind Åse AS", serial_number="2000000001")
SALES = licence("ten-sales", 19, name="Sales Premium", tier=2)
DATES = {
    "warn_from_on": date(2027, 2, 27),
    "expires_on": date(2027, 3, 27),
    "grace_until_on": date(2027, 4, 8),
    "maintenance_until_on": date(2027, 2, 27),
}
GOOD = vendor_file(TENANT, SALES, **DATES)


def read(file: bytes) -> LicenceFile:
    return read_licence_file(file, vendor_key=VENDOR, now=now())


def signed(payload: bytes, *, key: Any = VENDOR, **header: Any) -> bytes:
    """Whatever a test wants to have signed, in order or not."""
    return jws.serialize_compact({"alg": "Ed25519", "typ": "licence-set"} | header, payload, key, ["Ed25519"]).encode()


def canonical(values: dict[str, Any]) -> bytes:
    return LicenceFile.typed(values).canonical()


def test_what_was_signed_is_read_again() -> None:
    typed = LicenceFile.typed(contents(TENANT, SALES, licence("maps", 1), suite_plan="core", **DATES))

    assert read(sign_licence_file(typed, key=VENDOR)) == typed


def test_a_third_partys_file_is_read_with_the_key_that_the_vendor_has_signed() -> None:
    file = third_party_file(TENANT, licence("maps", 1), owner="tindekart")

    assert read(file).owner == "tindekart"


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_a_mail_may_end_the_line(ending: bytes) -> None:
    assert read(GOOD.strip() + ending).serial_number == TENANT.serial_number


def test_the_contents_are_canonical_json() -> None:
    raw = canonical(contents(TENANT, SALES))

    assert raw.startswith('{"company_name":"Fjellvind Åse AS","expires_on":null,'.encode())
    assert json.dumps(json.loads(raw), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == raw


def test_two_keys_are_never_the_same() -> None:
    assert x_of(make_key()) != x_of(make_key())


@given(st.data())
def test_a_file_of_which_any_byte_is_another_is_refused(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(GOOD) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != GOOD[place]))

    with pytest.raises(FileRefused):
        read(GOOD[:place] + bytes([other]) + GOOD[place + 1 :])


@given(st.binary(max_size=300))
def test_whatever_else_is_loaded_is_refused(junk: bytes) -> None:
    with pytest.raises(FileRefused):
        read(junk)


def as_json(**changes: Any) -> bytes:
    """Contents in canonical form but for their values, which no check has seen."""
    values = json.loads(canonical(contents(TENANT, SALES))) | changes
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def other_key_of(owner: str, **changes: Any) -> bytes:
    typed = LicenceFile.typed(contents(TENANT, licence("maps", 1), owner=owner))
    return sign_licence_file(typed, key=THIRD_PARTY, owner_key=owner_key(**{"owner": "tindekart"} | changes))


def by_grant(grant: str | None, *, owner: str = "tindekart") -> bytes:
    typed = LicenceFile.typed(contents(TENANT, licence("maps", 1), owner=owner))
    return sign_licence_file(typed, key=THIRD_PARTY, owner_key=grant)


def unsigned_grant() -> str:
    x = x_of(THIRD_PARTY)
    return sign_owner_key("tindekart", x=x, valid_until=now() + timedelta(days=1), vendor_key=THIRD_PARTY)


REFUSALS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "too large": ("TooLarge", lambda: b"a" * (MAX_BYTES + 1)),
    "empty": ("NoLicenceFile", lambda: b""),
    "a picture": ("NoLicenceFile", lambda: b"\x89PNG\r\n\x1a\n"),
    "two parts": ("NoLicenceFile", lambda: GOOD.rpartition(b".")[0]),
    "four parts": ("NoLicenceFile", lambda: GOOD.strip() + b".AAAA"),
    "two lines at the end": ("NoLicenceFile", lambda: GOOD + b"\n\n"),
    "padding": ("NoLicenceFile", lambda: GOOD.strip() + b"="),
    "a header that is no JSON": ("NoLicenceFile", lambda: b"e30x." + GOOD.partition(b".")[2]),
    "no algorithm": ("NoLicenceFile", lambda: b"eyJhbGciOiJub25lIn0." + GOOD.partition(b".")[2]),
    "another algorithm": ("NoLicenceFile", lambda: hs256()),
    "the key in the header": ("NoLicenceFile", lambda: signed(as_json(), key=STRANGER, jwk=STRANGER.as_dict())),
    "another kind of document": ("NoLicenceFile", lambda: owner_key("tindekart").encode()),
    "a header without end": ("NoLicenceFile", lambda: by_grant("a" * 4000)),
    "signed by a stranger": ("Altered", lambda: signed(as_json(), key=STRANGER)),
    "another signature": ("Altered", lambda: GOOD.rpartition(b".")[0] + b"." + b"A" * 86),
    "another file's signature": ("Altered", lambda: spliced()),
    "the last character written otherwise": ("Altered", lambda: rewritten()),
    "a newer format": ("NewerFormat", lambda: signed(as_json(format=2, colour="red"))),
    "not in order": ("DoesNotHoldTogether", lambda: signed(json.dumps(json.loads(as_json())).encode())),
    "a key said twice": ("DoesNotHoldTogether", lambda: signed(as_json().replace(b"{", b'{"company_name":"A",', 1))),
    "a key too many": ("DoesNotHoldTogether", lambda: signed(as_json(colour="red"))),
    "a key too few": ("DoesNotHoldTogether", lambda: signed(as_json().replace(b'"version":"12.1",', b""))),
    "no object": ("DoesNotHoldTogether", lambda: signed(b"[]")),
    "no JSON": ("DoesNotHoldTogether", lambda: signed(b"licences")),
    "no UTF-8": ("DoesNotHoldTogether", lambda: signed(as_json().replace(b"12.1", b"\xff"))),
    "half a character": ("DoesNotHoldTogether", lambda: signed(as_json().replace(b"12.1", b"\\ud800"))),
    "deep": ("DoesNotHoldTogether", lambda: signed(as_json().replace(b"null", b"[" * 50_000 + b"]" * 50_000, 1))),
    "a fraction": ("DoesNotHoldTogether", lambda: signed(as_json().replace(b":19}", b":19.0}"))),
    "an exponent": ("DoesNotHoldTogether", lambda: signed(as_json().replace(b":19}", b":1e1}"))),
    "not a number": ("DoesNotHoldTogether", lambda: signed(as_json().replace(b":19}", b":NaN}"))),
    "without end": ("DoesNotHoldTogether", lambda: signed(as_json().replace(b":19}", b":Infinity}"))),
    "a huge number": ("DoesNotHoldTogether", lambda: signed(as_json().replace(b":19}", b":" + b"9" * 10_000 + b"}"))),
    "the last number that there is": ("DoesNotHoldTogether", lambda: signed(as_json(issue_number=2**31 - 1))),
    "more than the database holds": ("DoesNotHoldTogether", lambda: signed(as_json(issue_number=2**31))),
    "a number in quotes": ("DoesNotHoldTogether", lambda: signed(as_json(issue_number="2"))),
    "true for a number": ("DoesNotHoldTogether", lambda: signed(as_json(issue_number=True))),
    "a date as a number": ("DoesNotHoldTogether", lambda: signed(as_json(expires_on=0))),
    "a moment in a zone": ("DoesNotHoldTogether", lambda: signed(as_json(valid_until="2030-01-01T00:00:00+01:00"))),
    "a moment without a zone": ("DoesNotHoldTogether", lambda: signed(as_json(valid_until="2030-01-01T00:00:00"))),
    "no licences": ("DoesNotHoldTogether", lambda: signed(as_json(licences=[]))),
    "a licence twice": ("DoesNotHoldTogether", lambda: signed(as_json(licences=[SALES, SALES]))),
    "no seats": ("DoesNotHoldTogether", lambda: signed(as_json(licences=[SALES | {"total": 0}]))),
    "a tier that is none": ("DoesNotHoldTogether", lambda: signed(as_json(licences=[SALES | {"tier": 3}]))),
    "a serial number that is none": ("DoesNotHoldTogether", lambda: signed(as_json(serial_number="12"))),
    "a name of two lines": ("DoesNotHoldTogether", lambda: signed(as_json(company_name="A\nB"))),
    "a third party without its key": ("KeyOfAnotherOwner", lambda: vendor_file(TENANT, SALES, owner="tindekart")),
    "a third party for the vendor": ("KeyOfAnotherOwner", lambda: other_key_of("superoffice")),
    "a third party for another": ("KeyOfAnotherOwner", lambda: other_key_of("blekkhus")),
    "a key that the vendor has not signed": ("KeyNotSigned", lambda: by_grant(unsigned_grant())),
    "a set in place of a key": ("KeyNotSigned", lambda: by_grant(short_set())),
    "a key that is none": ("KeyNotSigned", lambda: by_grant("abc")),
    "the key of somebody else": ("Altered", lambda: by_grant(owner_key("tindekart", x=x_of(STRANGER)))),
    "a key that has expired": (
        "KeyExpired",
        lambda: by_grant(owner_key("tindekart", valid_until=now() - timedelta(seconds=2))),
    ),
    "an expired file": ("Expired", lambda: vendor_file(TENANT, SALES, valid_until=now() - timedelta(seconds=2))),
    "warning after expiry": (
        "DatesOutOfOrder",
        lambda: vendor_file(TENANT, SALES, **DATES | {"warn_from_on": date(2027, 3, 28)}),
    ),
    "expiry after grace": (
        "DatesOutOfOrder",
        lambda: vendor_file(TENANT, SALES, **DATES | {"grace_until_on": date(2027, 3, 26)}),
    ),
    "expiry without warning": ("DatesOutOfOrder", lambda: vendor_file(TENANT, SALES, **DATES | {"warn_from_on": None})),
}


def hs256() -> bytes:
    """The public key taken for a shared secret: the old trick."""
    secret = OctKey.import_key(x_of(VENDOR).encode())
    return jws.serialize_compact({"alg": "HS256", "typ": "licence-set"}, as_json(), secret).encode()


def spliced() -> bytes:
    other = vendor_file(TENANT, SALES, issue_number=3)
    return GOOD.rpartition(b".")[0] + b"." + other.rpartition(b".")[2]


def rewritten() -> bytes:
    """The same signature: four bits of its last character stand for nothing."""
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    line = GOOD.strip()
    return line[:-1] + bytes([alphabet[alphabet.index(line[-1]) ^ 1]])


def short_set() -> str:
    """A licence set signed by the vendor that is short enough for a header."""
    return sign(LicenceFile.typed(contents(TENANT, licence("a", 1))), header=Header(typ="licence-set"), key=VENDOR)


@pytest.mark.parametrize("case", REFUSALS)
def test_a_file_is_refused_with_the_reason(case: str) -> None:
    refusal, file = REFUSALS[case]

    with pytest.raises(getattr(licence_file, refusal)) as refused:
        read(file())

    assert type(refused.value).__name__ == refusal
    assert str(refused.value).endswith(".")


def test_each_refusal_is_met_by_one_of_the_cases() -> None:
    assert {refusal for refusal, _file in REFUSALS.values()} == {each.__name__ for each in FileRefused.__subclasses__()}


def test_a_file_is_taken_until_its_last_second() -> None:
    until = now() + timedelta(hours=1)
    file = vendor_file(TENANT, SALES, valid_until=until)

    assert read_licence_file(file, vendor_key=VENDOR, now=until).valid_until == until
    with pytest.raises(licence_file.Expired):
        read_licence_file(file, vendor_key=VENDOR, now=until + timedelta(seconds=1))


def test_the_vendor_signs_no_key_for_itself() -> None:
    with pytest.raises(ValueError, match="the vendor's own"):
        owner_key("superoffice")


def test_what_is_typed_wrongly_is_named() -> None:
    with pytest.raises(NotCanonical) as wrong:
        LicenceFile.typed(contents(TENANT, SALES | {"total": -1}, serial_number="12"))

    assert [error.partition(":")[0] for error in wrong.value.errors] == ["serial_number", "licences.0.total"]


def test_a_secret_is_in_no_file() -> None:
    private = VENDOR.as_dict(private=True)["d"].encode()

    assert private not in GOOD
    assert private not in owner_key("tindekart").encode()
