"""Signing by the rules of licence files: Ed25519 and nothing else, over canonical JSON, in the compact form of JWS.

Canonical means keys in order, no spaces, UTF-8. What is not written the one way that `Document.canonical` writes it is
no document of ours: so keys said twice, fractions, numbers without end and whatever else a JSON reader forgives are
refused.
"""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.registry import HeaderParameter
from pydantic import BaseModel, ConfigDict, ValidationError

ALGORITHM: Literal["Ed25519"] = "Ed25519"
MAX_BYTES = 256 * 1024
"""Nothing larger is looked at."""
MAX_HEADER_BYTES = 2048

COMPACT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


class NotCanonical(ValueError):
    """This is no document of ours, whoever signed it. `errors` say which fields are wrong, if it is that."""

    def __init__(self, *errors: str) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


class NotSigned(ValueError):
    """The signature is not this key's over this content."""


class Document(BaseModel):
    """Something that is signed, or its header. Every key is there and no other, and types are never converted."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)
    without_none: ClassVar[bool] = False

    @classmethod
    def typed(cls, values: Mapping[str, Any]) -> Self:
        """The document that somebody's values make; dates may be dates or text. Raises NotCanonical."""
        return cls.read_loosely(json.dumps(values, default=lambda value: value.isoformat()).encode())

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """The document that `raw` is, to the byte; raises NotCanonical."""
        document = cls.read_loosely(raw)
        if document.canonical() != raw:
            raise NotCanonical
        return document

    @classmethod
    def read_loosely(cls, raw: bytes) -> Self:
        """The document that JSON of any layout means; raises NotCanonical."""
        try:
            return cls.model_validate_json(raw)
        except ValidationError as error:
            wrong = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            raise NotCanonical(*wrong) from None

    def canonical(self) -> bytes:
        """The one way to write the document."""
        values = self.model_dump(mode="json", exclude_none=self.without_none)
        return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Header(Document):
    """What stands before a signed document. `typ` names its kind: a signature over one kind is none over another.

    `owner_key` is the signed key, whose signature follows; without it the signature is the vendor's.
    """

    without_none = True

    alg: Literal["Ed25519"] = ALGORITHM
    owner_key: str | None = None
    typ: Literal["licence-set", "owner-key"]


def make_key() -> OKPKey:
    """A new private key."""
    return OKPKey.generate_key(ALGORITHM)


def derived_key(secret: str) -> OKPKey:
    """The private key that belongs to a secret, always the same: for demos and tests."""
    return OKPKey.derive_key(secret, ALGORITHM)


def public_key(x: str) -> OKPKey:
    """The public key whose 32 bytes are written in base64url without padding; raises ValueError."""
    if len(_decoded(x)) != 32:
        raise ValueError("an Ed25519 key has 32 bytes")
    return OKPKey.import_key({"kty": "OKP", "crv": ALGORITHM, "x": x})


def x_of(key: OKPKey) -> str:
    """The public half of a key, as `public_key` takes it."""
    return str(key.as_dict(private=False)["x"])


def sign(document: Document, *, header: Header, key: OKPKey) -> str:
    """The document with its header and the key's signature: header.document.signature, each in base64url."""
    values = header.model_dump(mode="json", exclude_none=True)
    ordered = {name: values[name] for name in sorted(values)}
    return jws.serialize_compact(ordered, document.canonical(), key, registry=_registry())


def header_of(token: str) -> Header:
    """The header, of which nothing is proven yet; raises NotCanonical for what is no signed document of ours."""
    if len(token) > MAX_BYTES or not COMPACT.fullmatch(token):
        raise NotCanonical
    raw = _decoded(token.partition(".")[0])
    if len(raw) > MAX_HEADER_BYTES:
        raise NotCanonical
    return Header.read(raw)


def verified(token: str, *, key: OKPKey) -> bytes:
    """What was signed, once the signature is proven to be the key's; raises NotSigned."""
    try:
        _decoded(token.rpartition(".")[2])
        payload = jws.deserialize_compact(token, key, registry=_registry()).payload
    except (JoseError, ValueError):
        raise NotSigned from None
    return payload


def unverified(token: str) -> bytes:
    """What stands in a signed document, whoever signed it: to look at, never to act on; raises NotCanonical."""
    header_of(token)
    return _decoded(token.split(".")[1])


def _registry() -> jws.JWSRegistry:
    own = {"owner_key": HeaderParameter("the signed key of the owner", "str")}
    registry = jws.JWSRegistry(own, algorithms=[ALGORITHM])
    registry.max_header_length, registry.max_payload_length = MAX_HEADER_BYTES, MAX_BYTES
    return registry


def _decoded(part: str) -> bytes:
    """The bytes of base64url that is written the one way: its last character can be written in several."""
    try:
        raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise NotCanonical from None
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != part:
        raise NotCanonical
    return raw
