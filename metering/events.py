"""Usage events as they come in: CloudEvents 1.0 in JSON. Pure. Sources: design §8, metering rules R1, R3, R5.

What is read of an event is its id, source, type, time, subject and `data.quantity`. Other attributes and members may be
there and mean nothing here. A fault is one event's own: it never keeps the others from being read.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from enum import StrEnum
from hashlib import blake2b
from typing import Final

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

MOST_EVENTS: Final = 1000
MOST_EVENT_BYTES: Final = 32 * 1024
MOST_QUANTITY: Final = 10**12
LONGEST: Final = 200

MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
WHOLE: Final = re.compile(rb'"?(0|[1-9]\d{0,11})"?')
NUMBER: Final = re.compile(rb"-?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,2})?")
MICRO: Final = Decimal("0.000001")


class Reason(StrEnum):
    """Why an event is not counted. Each is the end of a problem type: stable."""

    NOT_AN_EVENT = "not-an-event"
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
    """What an event said. `time` is None where the sender left it out."""

    event_id: str
    source: str
    service: str
    time: datetime | None
    subject: str
    quantity: Decimal


class Unreadable(Exception):
    """An event that says nothing that could be counted: why, and where in it, as a JSON pointer."""

    def __init__(self, reason: Reason, where: str = "") -> None:
        super().__init__(reason, where)
        self.reason, self.where = reason, where


_EVENTS: Final = msgspec.json.Decoder(list[Raw])
_EVENT: Final = msgspec.json.Decoder(_Event)
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
    is_list = body.lstrip(b" \t\r\n")[:1] == b"["
    if is_batch is not None and is_batch is not is_list:
        raise MalformedBatch
    try:
        body.decode()
        return _EVENTS.decode(body) if is_list else [msgspec.json.decode(body, type=Raw)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedBatch from error


def read(raw: bytes | Raw) -> Sent:
    """What one event says. Raises Unreadable."""
    if len(memoryview(raw)) > MOST_EVENT_BYTES:
        raise Unreadable(Reason.EVENT_TOO_LARGE)
    try:
        event = _EVENT.decode(raw)
    except msgspec.ValidationError as error:
        match = _MEMBER.search(str(error))
        member = (match[1] or match[2]) if match else ""
        raise Unreadable(_REASONS.get(member, Reason.NOT_AN_EVENT), f"/{member}" if member else "") from error
    if event.specversion != "1.0":
        raise Unreadable(Reason.WRONG_VERSION, "/specversion")
    if not 0 < len(event.id) <= LONGEST or "\0" in event.id:
        raise Unreadable(Reason.INVALID_ID, "/id")
    subject = event.subject or ""
    if len(subject) > LONGEST or "\0" in subject:
        raise Unreadable(Reason.INVALID_SUBJECT, "/subject")
    time = None if event.time is None else _moment(event.time)
    return Sent(event.id, event.source, event.type, time, subject, _quantity(event.data))


def _moment(text: str) -> datetime:
    if not MOMENT.fullmatch(text):
        raise Unreadable(Reason.INVALID_TIME, "/time")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise Unreadable(Reason.INVALID_TIME, "/time") from error


def _quantity(data: _Data | None) -> Decimal:
    """A number or a decimal in a string: not negative, at most a million million, with at most six decimals."""
    if data is None or data.quantity is UNSET:
        raise Unreadable(Reason.INVALID_QUANTITY, "/data/quantity")
    text = bytes(data.quantity)
    whole = WHOLE.fullmatch(text)
    if whole:
        return Decimal(whole[1].decode())
    text = text[1:-1] if text[:1] == b'"' else text
    if not NUMBER.fullmatch(text):
        raise Unreadable(Reason.INVALID_QUANTITY, "/data/quantity")
    with localcontext(prec=120):
        number = Decimal(text.decode())
        rounded = number.quantize(MICRO)
    if number != rounded or not 0 <= number <= MOST_QUANTITY:
        raise Unreadable(Reason.INVALID_QUANTITY, "/data/quantity")
    return rounded.normalize() + 0  # no minus zero


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
