"""Usage events as they come in: CloudEvents 1.0 in JSON. Pure. Sources: design §8, metering rules R1, R3, R5.

What is read of an event is its id, source, type, time, subject and `data.quantity`. Other attributes and members may be
there and mean nothing here. A fault is one event's own: it never keeps the others from being read.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import blake2b
from typing import Final

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

MOST_EVENTS: Final = 1000
MOST_EVENT_BYTES: Final = 32 * 1024
MOST_QUANTITY: Final = 10**12
LONGEST: Final = 200
SHORT: Final = 60
"""Characters that are kept of a code, a time or a quantity that could not be read."""

CLOCK: Final = r"([01]\d|2[0-3]):[0-5]\d"
MOMENT: Final = re.compile(rf"\d{{4}}-\d\d-\d\d[Tt]{CLOCK}:[0-5]\d(\.\d{{1,9}})?([Zz]|[+-]{CLOCK})", re.ASCII)
WHOLE: Final = re.compile(rb'"?(0|[1-9]\d{0,11})"?')
NUMBER: Final = re.compile(rb"-?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,2})?")
MICRO: Final = Decimal("0.000001")


class Reason(StrEnum):
    """Why an event is not counted. Each is the end of a problem type: stable."""

    NOT_AN_EVENT = "not-an-event"
    MEMBER_TWICE = "member-twice"
    EVENT_TOO_LARGE = "event-too-large"
    INVALID_ID = "invalid-id"
    WRONG_VERSION = "wrong-specversion"
    WRONG_SOURCE = "wrong-source"
    UNKNOWN_SERVICE = "unknown-service"
    NOT_METERED = "not-metered"
    INVALID_TIME = "invalid-time"
    TIME_MISSING = "time-missing"
    INVALID_SUBJECT = "invalid-subject"
    INVALID_QUANTITY = "invalid-quantity"
    EVENT_TOO_OLD = "event-too-old"
    EVENT_IN_FUTURE = "event-in-future"
    ID_REUSED = "event-id-reused"


class MalformedBatch(Exception):
    """The body as a whole is no JSON, or neither an event nor a list of events; says where."""


class _Data(Struct):
    quantity: Raw | UnsetType = UNSET


class _Event(Struct):
    id: str
    source: str
    type: str
    specversion: str = "1.0"
    time: str | None = None
    subject: str | None = None
    data: _Data | None = None


class Sent(Struct, frozen=True):
    """What an event said; the time in UTC, None where the sender left it out, the quantity without zeros behind it."""

    event_id: str
    source: str
    service: str
    time: datetime | None
    subject: str
    quantity: Decimal


class Told(Struct, frozen=True):
    """What an event that may be unreadable seems to say, as it is written; empty where that cannot be told."""

    event_id: str
    service: str
    time: str
    quantity: str


class _Called(Struct):
    id: str


class _Any(Struct):
    id: Raw = Raw()
    type: Raw = Raw()
    time: Raw = Raw()
    data: Raw = Raw()


class _AnyData(Struct):
    quantity: Raw = Raw()


class Unreadable(Exception):
    """An event that says nothing that could be counted: why, and where in it, as a JSON pointer."""

    def __init__(self, reason: Reason, where: str = "") -> None:
        super().__init__(reason, where)
        self.reason, self.where = reason, where


_EVENTS: Final = msgspec.json.Decoder(list[Raw])
_EVENT: Final = msgspec.json.Decoder(_Event)
_CALLED: Final = msgspec.json.Decoder(_Called)
_ANY: Final = msgspec.json.Decoder(_Any)
_ANY_DATA: Final = msgspec.json.Decoder(_AnyData)
_TEXT: Final = msgspec.json.Decoder(str)
_BEGIN_A_NUMBER: Final = tuple(bytes([sign]) for sign in b"-0123456789")
_ONCE: Final = [f'"{name}"'.encode() for name in (*_Event.__struct_fields__, *_Data.__struct_fields__)]
_MEMBER: Final = re.compile(r"`\$\.(\w+)|field `(\w+)`")
_REASONS: Final = {
    "id": Reason.INVALID_ID,
    "source": Reason.WRONG_SOURCE,
    "type": Reason.UNKNOWN_SERVICE,
    "specversion": Reason.WRONG_VERSION,
    "time": Reason.INVALID_TIME,
    "subject": Reason.INVALID_SUBJECT,
    "data": Reason.INVALID_QUANTITY,
}


def split(body: bytes, *, is_batch: bool | None = None) -> Sequence[bytes | Raw]:
    """The events in a body, each still as JSON; None: it may be one event or a list. Raises MalformedBatch."""
    start = body.lstrip(b" \t\r\n")[:1]
    if start not in (b"[", b"{") or is_batch is (start == b"{"):
        raise MalformedBatch
    try:
        body.decode()
        return _EVENTS.decode(body) if start == b"[" else [msgspec.json.decode(body, type=Raw)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedBatch from error


def read(raw: bytes | Raw) -> Sent:
    """What one event says. Raises Unreadable."""
    text = bytes(raw)
    if len(text) > MOST_EVENT_BYTES:
        raise Unreadable(Reason.EVENT_TOO_LARGE)
    event = _decoded(text)
    if event.specversion != "1.0":
        raise Unreadable(Reason.WRONG_VERSION, "/specversion")
    if not 0 < len(event.id) <= LONGEST or "\0" in event.id:
        raise Unreadable(Reason.INVALID_ID, "/id")
    subject = event.subject or ""
    if len(subject) > LONGEST or "\0" in subject:
        raise Unreadable(Reason.INVALID_SUBJECT, "/subject")
    time = None if event.time is None else _moment(event.time)
    return Sent(event.id, event.source, event.type, time, subject, _quantity(event.data))


def id_of(raw: bytes | Raw) -> str:
    """What an event that may be unreadable is called; nothing where that cannot be told."""
    try:
        called = _CALLED.decode(raw).id
    except (msgspec.DecodeError, RecursionError):
        return ""
    return called if len(called) <= LONGEST else ""


def told(raw: bytes | Raw) -> Told:
    """What can be shown of an event, whatever it is. Only strings and numbers are read of it: thousands of lists in
    each other, in any member, are more than the stack of a thread, and the process would end."""
    said = _tried(_ANY, raw) or _Any()
    data = _tried(_ANY_DATA, said.data) or _AnyData()
    return Told(_text(said.id, LONGEST), _text(said.type, SHORT), _text(said.time, SHORT), _text(data.quantity, SHORT))


def _tried[Read](decoder: msgspec.json.Decoder[Read], raw: bytes | Raw) -> Read | None:
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None


def _text(raw: Raw, longest: int) -> str:
    """Of a string, or of a number as it is written."""
    text = bytes(raw)
    if text[:1] == b'"':
        return (_tried(_TEXT, text) or "").replace("\0", "")[:longest]
    return text.decode()[:longest] if text[:1] in _BEGIN_A_NUMBER else ""


def _decoded(text: bytes) -> _Event:
    try:
        event = _EVENT.decode(text)
        twice = _said_twice(text)
    except msgspec.ValidationError as error:
        match = _MEMBER.search(str(error))
        member = (match[1] or match[2]) if match else ""
        raise Unreadable(_REASONS.get(member, Reason.NOT_AN_EVENT), f"/{member}" if member else "") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(Reason.NOT_AN_EVENT) from error
    if twice:
        raise Unreadable(Reason.MEMBER_TWICE, twice)
    return event


def _said_twice(text: bytes) -> str:
    """Which member that is read is there more than once: one reader would take the first of them, another the last."""
    if not _may_be_twice(text):
        return ""
    event = json.loads(text, object_pairs_hook=tuple, parse_int=str, parse_float=str)
    data = dict(event).get("data")
    names = [name for name, _ in event]
    inner = [name for name, _ in data] if isinstance(data, tuple) else []
    found = [f"/{name}" for name in _Event.__struct_fields__ if names.count(name) > 1]
    found += [f"/data/{name}" for name in _Data.__struct_fields__ if inner.count(name) > 1]
    return found[0] if found else ""


def _may_be_twice(text: bytes) -> bool:
    if b"\\" in text:
        return True
    for name in _ONCE:  # noqa: SIM110 - any() takes half as long again, for every event
        if text.count(name) > 1:
            return True
    return False


def _moment(text: str) -> datetime:
    """A time with its offset; of its fraction six digits count."""
    if not MOMENT.fullmatch(text):
        raise Unreadable(Reason.INVALID_TIME, "/time")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unreadable(Reason.INVALID_TIME, "/time") from error


def _quantity(data: _Data | None) -> Decimal:
    """A number or a decimal in a string: not negative, at most a million million, with at most six decimals."""
    if data is None or data.quantity is UNSET:
        raise Unreadable(Reason.INVALID_QUANTITY, "/data/quantity")
    text = bytes(data.quantity)
    whole = WHOLE.fullmatch(text)
    if whole:
        return Decimal(whole[1].decode())
    if text[:1] == b'"':
        text = msgspec.json.decode(text, type=str).encode()
    if not NUMBER.fullmatch(text):
        raise Unreadable(Reason.INVALID_QUANTITY, "/data/quantity")
    number = Decimal(text.decode())
    if not 0 <= number <= MOST_QUANTITY or number != number.quantize(MICRO):
        raise Unreadable(Reason.INVALID_QUANTITY, "/data/quantity")
    return number.quantize(MICRO).normalize() + 0  # no minus zero


def key_of(source: str, event_id: str) -> str:
    """What makes an event count once: 128 bits of what it is called, as hexadecimal digits."""
    return _hash(source, event_id)


def payload_of(sent: Sent) -> str:
    """128 bits of what the event says; the same however its numbers, times and members are written. A time that the
    sender left out stays out of it: the same event comes again without one."""
    time = "" if sent.time is None else sent.time.astimezone(UTC).isoformat()
    return _hash(sent.service, time, str(sent.quantity), sent.subject)


def _hash(*parts: str) -> str:
    return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
