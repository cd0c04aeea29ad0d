"""The signed licence file: what it holds, who may sign it, and when it is refused. Its fields: docs/licence-file.md.

The vendor's key signs the vendor's sets. A third party signs its own sets with its own key; the vendor's key has signed
that key, for that owner and until a certain moment, and the signed key travels in the file. Pure rules: no database.
Sources: design §5, domain facts §5.1, §5.3 and §5.4.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self

from django.utils.translation import gettext_lazy as _
from joserfc.jwk import OKPKey
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, model_validator

from licences.catalogue.entries import VENDOR
from licences.signing import (
    MAX_BYTES,
    Document,
    Header,
    NotCanonical,
    NotSigned,
    header_of,
    public_key,
    sign,
    unverified,
    verified,
    x_of,
)

FORMAT = 1
MAX_LICENCES = 1000
MAX_NUMBER = 2**31 - 1
"""What a column of the database holds."""
MAX_ISSUE_NUMBER = 999_999_999
"""Far from the end of the column: an issue always has a next one, also an imagined one."""


class FileRefused(Exception):
    """The file is not taken. Its text says why, for a person to read."""

    reason = _("This licence file is not taken.")

    def __str__(self) -> str:
        return str(self.reason)


class TooLarge(FileRefused):
    reason = _("This file is too large for a licence file.")


class NoLicenceFile(FileRefused):
    reason = _("This is not a licence file, or it is damaged. Take the file just as its owner sent it.")


class NewerFormat(FileRefused):
    reason = _("This licence file was made for a newer version of the console.")


class Altered(FileRefused):
    reason = _("This licence file is not what its owner signed: it has been altered or damaged.")


class DoesNotHoldTogether(FileRefused):
    reason = _("This licence file does not hold together: ask its owner for a new one.")


class KeyNotSigned(FileRefused):
    reason = _("The owner's key in this licence file is not signed by the vendor.")


class KeyExpired(FileRefused):
    reason = _("The owner's key in this licence file has expired: ask its owner for a new file.")


class KeyOfAnotherOwner(FileRefused):
    reason = _("This licence file is not signed by the owner whose licences it holds.")


class Expired(FileRefused):
    reason = _("This licence file has expired: ask its owner for a new one.")


class DatesOutOfOrder(FileRefused):
    reason = _("The dates in this licence file are out of order: ask its owner for a new one.")


def _in_utc(moment: datetime) -> datetime:
    if moment.utcoffset() or moment.microsecond:
        raise ValueError("must be in UTC, in whole seconds")
    return moment.astimezone(UTC)


Code = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
Name = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=200)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Number = Annotated[int, Field(ge=1, le=MAX_NUMBER)]


class LicenceOfFile(Document):
    """One licence: how many, under which name the owner sells it, and a plan's tier."""

    code: Code
    name: Name
    total: Number
    tier: Literal[1, 2] | None


class LicenceFile(Document):
    """What an owner issues to one tenant. It may be loaded until `valid_until`; the licences hold until their dates,
    which are last days."""

    format: Literal[1]
    owner: Code
    company_name: Name
    serial_number: Annotated[str, Field(pattern=r"^[0-9]{10}$")]
    issue_number: Annotated[int, Field(ge=1, le=MAX_ISSUE_NUMBER)]
    issued_at: Moment
    valid_until: Moment
    version: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=20)]
    warn_from_on: date | None
    expires_on: date | None
    grace_until_on: date | None
    maintenance_until_on: date | None
    suite_plan: Annotated[str, Field(pattern=r"^[a-z0-9-]+$", max_length=20)] | None
    licences: Annotated[Sequence[LicenceOfFile], Field(min_length=1, max_length=MAX_LICENCES)]

    @model_validator(mode="after")
    def _each_licence_once(self) -> Self:
        if len({licence.code for licence in self.licences}) < len(self.licences):
            raise ValueError("a licence is in the set twice")
        return self


def dates_follow(*ladder: date | None) -> bool:
    """Whether warning, expiry and grace follow one another; none of them is set, or all are."""
    given = [day for day in ladder if day is not None]
    return not given or (len(given) == len(ladder) and given == sorted(given))


class OwnerKey(Document):
    """That the key `x` is the owner's, until `valid_until`: what the vendor's key signs."""

    format: Literal[1]
    owner: Code
    x: Annotated[str, Field(pattern=r"^[\w-]{43}$")]
    valid_until: Moment


class _AnyFormat(Document):
    """A document of which only the format is looked at."""

    model_config = ConfigDict(extra="ignore")

    format: int


def read_licence_file(content: bytes, *, vendor_key: OKPKey, now: datetime) -> LicenceFile:
    """What the file says, once it is proven who signed it; raises FileRefused."""
    if len(content) > MAX_BYTES:
        raise TooLarge
    token = _token_of(content)
    try:
        header = header_of(token)
    except NotCanonical:
        raise NoLicenceFile from None
    if header.typ != "licence-set":
        raise NoLicenceFile
    grant = None if header.owner_key is None else _read_owner_key(header.owner_key, vendor_key=vendor_key)
    contents = _read(token, key=vendor_key if grant is None else public_key(grant.x))
    _check(contents, grant, now)
    return contents


def check_licence_file(contents: LicenceFile, *, key: OKPKey, owner_key: str | None, now: datetime) -> None:
    """Whether the file would be taken if `key` signed it, as far as its signer can know; raises FileRefused."""
    try:
        grant = None if owner_key is None else OwnerKey.read(unverified(owner_key))
    except NotCanonical:
        raise KeyNotSigned from None
    if grant is not None and grant.x != x_of(key):
        raise KeyOfAnotherOwner
    _check(contents, grant, now)


def _check(contents: LicenceFile, grant: OwnerKey | None, now: datetime) -> None:
    if contents.owner != (VENDOR if grant is None else grant.owner):
        raise KeyOfAnotherOwner
    if grant is not None and now > grant.valid_until:
        raise KeyExpired
    if now > contents.valid_until:
        raise Expired
    if not dates_follow(contents.warn_from_on, contents.expires_on, contents.grace_until_on):
        raise DatesOutOfOrder


def sign_licence_file(contents: LicenceFile, *, key: OKPKey, owner_key: str | None = None) -> bytes:
    """The file, one line. `key` is the vendor's, or with a signed `owner_key` that owner's."""
    header = Header(typ="licence-set", owner_key=owner_key)
    return f"{sign(contents, header=header, key=key)}\n".encode()


def sign_owner_key(owner: str, *, x: str, valid_until: datetime, vendor_key: OKPKey) -> str:
    """The public key `x` of a third party, signed with the vendor's; raises NotCanonical, ValueError."""
    public_key(x)
    if owner == VENDOR:
        raise ValueError("the vendor's own licences are signed by the vendor's key")
    grant = OwnerKey.typed({"format": FORMAT, "owner": owner, "x": x, "valid_until": valid_until.astimezone(UTC)})
    return sign(grant, header=Header(typ="owner-key"), key=vendor_key)


def _token_of(content: bytes) -> str:
    """The one line; a mail or an editor may have ended it."""
    try:
        return content.removesuffix(b"\r\n").removesuffix(b"\n").decode("ascii")
    except UnicodeDecodeError:
        raise NoLicenceFile from None


def _read_owner_key(token: str, *, vendor_key: OKPKey) -> OwnerKey:
    try:
        if header_of(token) != Header(typ="owner-key"):
            raise KeyNotSigned
        return OwnerKey.read(verified(token, key=vendor_key))
    except (NotCanonical, NotSigned):
        raise KeyNotSigned from None


def _read(token: str, *, key: OKPKey) -> LicenceFile:
    try:
        payload = verified(token, key=key)
    except NotSigned:
        raise Altered from None
    try:
        if _AnyFormat.read_loosely(payload).format > FORMAT:
            raise NewerFormat
        return LicenceFile.read(payload)
    except NotCanonical:
        raise DoesNotHoldTogether from None
