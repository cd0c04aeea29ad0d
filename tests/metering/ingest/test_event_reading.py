"""What is read of an event, in every way in which it may be written; and what is none, and why."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.events import MOST_EVENT_BYTES, Reason, Sent, Unreadable, id_of, key_of, payload_of, read

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def written(**members: str) -> bytes:
    """An event whose members are written as given; those that are given as nothing are left out."""
    usual = {
        "specversion": '"1.0"',
        "id": '"a"',
        "source": '"crm"',
        "type": '"emails"',
        "time": '"2026-11-26T12:00:00Z"',
        "data": '{"quantity": 1}',
    }
    said = [f'"{name}": {text}' for name, text in (usual | members).items() if text]
    return f"{{{', '.join(said)}}}".encode()


def of(quantity: str) -> bytes:
    return written(data=f'{{"quantity": {quantity}}}')


def refusal(raw: bytes) -> tuple[Reason, str]:
    with pytest.raises(Unreadable) as refused:
        read(raw)
    return refused.value.reason, refused.value.where


QUANTITIES = {
    "1": "1",
    "0": "0",
    "-0": "0",
    "-0.0": "0",
    "0e99": "0",
    "0.1": "0.1",
    '"0.1"': "0.1",
    "1.0": "1",
    "1e0": "1",
    "10E-1": "1",
    "1.50": "1.5",
    "1000": "1000",
    "1E+3": "1000",
    '"1000.000"': "1000",
    '"007.5"': "7.5",
    '"\\u0031\\u002e5"': "1.5",
    "0.000001": "0.000001",
    "0.0000010": "0.000001",
    "1.0000000000": "1",
    "9007199254740993e-6": "9007199254.740993",
    "999999999999.999999": "999999999999.999999",
    "1000000000000": "1000000000000",
    "1e12": "1000000000000",
}


@pytest.mark.parametrize(("said", "meant"), QUANTITIES.items())
def test_a_quantity_is_exactly_what_is_written(said: str, meant: str) -> None:
    assert str(read(of(said)).quantity) == meant


NO_QUANTITIES = [
    *("-1", "-0.000001", '"-1"', "0.0000001", "1e-7", "1e-99", "999999999999.9999999", "1000000000000.000001"),
    *("1000000000001", "9223372036854775808", "1e13", "1e99", "1e400", "9" * 40 + "e99", "9" * 5_000, "1e-400"),
    *("true", "false", "null", "[]", "[1]", "{}", '""', '" 1"', '"1 "', '"+1"', '"1_0"', '"0x1"', '"1,5"', '".5"'),
    *('"1."', '"NaN"', '"Infinity"', '"-"', '"１"', '"٣"', '"1\\u0000"', '"\\n1"', '"1e100"'),
]


@pytest.mark.parametrize("said", NO_QUANTITIES, ids=lambda said: said[:20])
def test_what_cannot_be_counted_is_no_quantity(said: str) -> None:
    assert refusal(of(said)) == (Reason.INVALID_QUANTITY, "/data/quantity")


@pytest.mark.parametrize("data", ["null", "{}", ""])
def test_without_a_quantity_there_is_nothing_to_count(data: str) -> None:
    assert refusal(written(data=data)) == (Reason.INVALID_QUANTITY, "/data/quantity")


@pytest.mark.parametrize("data", ['"1"', "[1]", "1"])
def test_data_is_an_object(data: str) -> None:
    assert refusal(written(data=data)) == (Reason.INVALID_QUANTITY, "/data")


TIMES = {
    "2026-11-26T12:00:00Z": NOON,
    "2026-11-26t12:00:00z": NOON,
    "2026-11-26T12:00:00+00:00": NOON,
    "2026-11-26T12:00:00-00:00": NOON,
    "2026-11-26T13:00:00+01:00": NOON,
    "2026-11-25T12:01:00-23:59": NOON,
    "2026-11-26T12:00:00.000Z": NOON,
    "2026-11-26T12:00:00.5Z": NOON + timedelta(milliseconds=500),
    "2026-11-26T12:00:00.000001Z": NOON + timedelta(microseconds=1),
    "2026-11-26T12:00:00.000000999Z": NOON,
}


@pytest.mark.parametrize(("said", "meant"), TIMES.items())
def test_a_time_is_one_moment_however_it_is_written(said: str, meant: datetime) -> None:
    assert read(written(time=f'"{said}"')).time == meant


@pytest.mark.parametrize("left_out", ["", "null"])
def test_a_time_may_be_left_out(left_out: str) -> None:
    assert read(written(time=left_out)).time is None


NO_TIMES = [
    *("2026-11-26", "2026-11-26T12:00:00", "2026-11-26 12:00:00Z", "2026-11-26T12:00Z", "2026-11-26T12:00:00,5Z"),
    *("20261126T120000Z", "2026-W48-4T12:00:00Z", "2026-02-29T12:00:00Z", "2026-13-01T12:00:00Z", "1764158400", ""),
    *("2026-11-26T24:00:00Z", "2026-11-26T12:60:00Z", "2026-11-26T23:59:60Z", "2026-11-26T12:00:00.Z"),
    *("2026-11-26T12:00:00+24:00", "2026-11-26T12:00:00+01:60", "2026-11-26T12:00:00+0100", "2026-11-26T12:00:00 Z"),
    *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00", "２026-11-26T12:00:00Z"),
    *("2026-11-26T12:00:00Z\\u0000", "2026-11-26T12:00:00Z\\n", "2026-11-26T12:00:00.1234567890Z"),
]


@pytest.mark.parametrize("said", NO_TIMES)
def test_what_is_no_moment_is_no_time(said: str) -> None:
    assert refusal(written(time=f'"{said}"')) == (Reason.INVALID_TIME, "/time")


REFUSED = {
    "an id that is empty": (written(id='""'), Reason.INVALID_ID, "/id"),
    "an id that is too long": (written(id=f'"{"é" * 201}"'), Reason.INVALID_ID, "/id"),
    "an id with NUL": (written(id='"a\\u0000b"'), Reason.INVALID_ID, "/id"),
    "an id that is a number": (written(id="7"), Reason.INVALID_ID, "/id"),
    "an id that is nothing": (written(id="null"), Reason.INVALID_ID, "/id"),
    "no id": (written(id=""), Reason.INVALID_ID, "/id"),
    "a subject that is too long": (written(subject=f'"{"x" * 201}"'), Reason.INVALID_SUBJECT, "/subject"),
    "a subject with NUL": (written(subject='"\\u0000"'), Reason.INVALID_SUBJECT, "/subject"),
    "a subject that is a list": (written(subject="[]"), Reason.INVALID_SUBJECT, "/subject"),
    "no source": (written(source=""), Reason.WRONG_SOURCE, "/source"),
    "no type": (written(type=""), Reason.UNKNOWN_SERVICE, "/type"),
    "a type that is a number": (written(type="7"), Reason.UNKNOWN_SERVICE, "/type"),
    "an older specification": (written(specversion='"0.3"'), Reason.WRONG_VERSION, "/specversion"),
    "a specification that is a number": (written(specversion="1.0"), Reason.WRONG_VERSION, "/specversion"),
    "a time that is a number": (written(time="1764158400"), Reason.INVALID_TIME, "/time"),
    "an id said twice": (written()[:-1] + b', "id": "b"}', Reason.MEMBER_TWICE, "/id"),
    "an id said twice, once in disguise": (written()[:-1] + b', "i\\u0064": "b"}', Reason.MEMBER_TWICE, "/id"),
    "a quantity said twice": (
        written(data='{"quantity": 1, "quantity": 2}'),
        Reason.MEMBER_TWICE,
        "/data/quantity",
    ),
    "one byte too many": (
        written(more=f'"{"x" * (MOST_EVENT_BYTES - len(written(more="0")))}"'),
        Reason.EVENT_TOO_LARGE,
        "",
    ),
    "a list": (b"[]", Reason.NOT_AN_EVENT, ""),
    "a number": (b"1e400", Reason.NOT_AN_EVENT, ""),
    "nothing": (b"null", Reason.NOT_AN_EVENT, ""),
    "half of a character": (written(id='"\\ud800"'), Reason.NOT_AN_EVENT, ""),
    "the other half": (written(more='"\\udc00"'), Reason.NOT_AN_EVENT, ""),
    "depth": (written(more="[" * 10_000 + "]" * 10_000), Reason.NOT_AN_EVENT, ""),
    "no number": (of("NaN"), Reason.NOT_AN_EVENT, ""),
}


@pytest.mark.parametrize(("raw", "reason", "where"), REFUSED.values(), ids=REFUSED)
def test_an_event_that_cannot_be_read_says_why_and_where(raw: bytes, reason: Reason, where: str) -> None:
    assert refusal(raw) == (reason, where)


def test_an_event_may_be_as_large_as_32_kib() -> None:
    room = MOST_EVENT_BYTES - len(written(more='""'))

    raw = written(more=f'"{"x" * room}"')

    assert len(raw) == MOST_EVENT_BYTES
    assert read(raw).event_id == "a"


@pytest.mark.parametrize("letter", ["x", "é", "😀"])
def test_an_id_and_a_subject_may_have_200_characters(letter: str) -> None:
    sent = read(written(id=f'"{letter * 200}"', subject=f'"{letter * 200}"'))

    assert (sent.event_id, sent.subject) == (letter * 200,) * 2


@pytest.mark.parametrize("subject", ["", "null", '""'])
def test_no_subject_is_an_empty_one(subject: str) -> None:
    assert read(written(subject=subject)).subject == ""


def test_what_else_an_event_says_means_nothing() -> None:
    more = '{"id": "b", "time": [9223372036854775808, 1e400], "data": {"quantity": {"quantity": 3}}}'
    data = '{"quantity": 1, "id": "c", "unit": "mail"}'

    assert read(written(more=more, data=data, datacontenttype='"application/json"')) == read(written())


def test_a_version_that_is_left_out_is_the_first() -> None:
    assert read(written(specversion="")) == read(written())


CALLED = {
    written(): "a",
    written(data=""): "a",
    written(time='"never"'): "a",
    written(id=""): "",
    written(id="7"): "",
    written(id=f'"{"x" * 201}"'): "",
    written(id='"\\ud800"'): "",
    b"[]": "",
    b"{": "",
    b"[" * 10_000: "",
}


@pytest.mark.parametrize(("raw", "called"), CALLED.items(), ids=lambda each: str(each)[:20])
def test_an_event_is_called_what_it_says_even_if_it_cannot_be_counted(raw: bytes, called: str) -> None:
    assert id_of(raw) == called


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - they get one
quantities = (st.decimals(0, 10**12, places=6) | st.integers(0, 10**12).map(Decimal)).map(lambda n: n.normalize() + 0)
offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
events = st.builds(Sent, texts.filter(bool), texts, texts, moments | st.none(), texts, quantities)


@st.composite
def writings(draw: st.DrawFn, sent: Sent) -> bytes:
    """One of the many ways to write an event down."""
    said: dict[str, object] = {"id": sent.event_id, "source": sent.source, "type": sent.service}
    if sent.time is not None:
        text = sent.time.astimezone(draw(offsets)).isoformat(timespec=draw(st.sampled_from(["auto", "microseconds"])))
        said["time"] = draw(st.sampled_from([text, text.lower(), text.replace("+00:00", "Z")]))
    if sent.subject or draw(st.booleans()):
        said["subject"] = sent.subject
    number = draw(st.sampled_from([f"{sent.quantity:f}", f"{sent.quantity.normalize():e}", f"{sent.quantity:.10f}"]))
    number = number if "." in number or "e" in number else number.lstrip("0") or "0"
    said["data"] = {"quantity": "@"}
    ordered = draw(st.permutations(list(said.items())))
    text = json.dumps(dict(ordered), ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 2])))
    return text.replace('"@"', draw(st.sampled_from([number, f'"{number}"'])), 1).encode()


@given(st.data(), events)
def test_an_event_says_the_same_however_it_is_written(data: st.DataObject, sent: Sent) -> None:
    first, second = (read(data.draw(writings(sent))) for _ in range(2))

    assert (first.event_id, first.source, first.service, first.time, first.subject, first.quantity) == (
        sent.event_id,
        sent.source,
        sent.service,
        sent.time,
        sent.subject,
        sent.quantity,
    )
    assert payload_of(first) == payload_of(second) == payload_of(sent)


@given(events, events)
def test_events_that_say_different_things_have_different_payloads(one: Sent, other: Sent) -> None:
    def said(sent: Sent) -> tuple[object, ...]:
        return sent.service, sent.time, sent.quantity, sent.subject

    assert (payload_of(one) == payload_of(other)) == (said(one) == said(other))


@given(texts, texts, texts, texts)
def test_a_key_stands_for_one_source_and_id(source: str, event_id: str, other_source: str, other_id: str) -> None:
    assert (key_of(source, event_id) == key_of(other_source, other_id)) == (
        (source, event_id) == (other_source, other_id)
    )


anything = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5)
right = {
    "specversion": st.just("1.0"),
    "id": texts.filter(bool),
    "source": texts,
    "type": texts,
    "time": moments.map(datetime.isoformat) | st.none(),
    "subject": texts | st.none(),
    "data": st.fixed_dictionaries({"quantity": st.integers(0, 10**12)}),
}
wrong = st.dictionaries(st.sampled_from(list(right)), anything | st.dictionaries(st.just("quantity"), anything))


@given(st.fixed_dictionaries(right), wrong, st.sets(st.sampled_from(list(right))))
def test_an_event_that_is_right_is_read_and_what_is_wrong_anywhere_is_read_or_refused(
    said: dict[str, Any], other: dict[str, Any], left_out: set[str]
) -> None:
    assert read(json.dumps(said).encode()).event_id == said["id"]

    read_or_refused(
        json.dumps({name: value for name, value in (said | other).items() if name not in left_out}).encode()
    )


@given(st.binary(max_size=200) | anything.map(json.dumps).map(str.encode))
def test_what_is_no_event_is_refused(raw: bytes) -> None:
    assert isinstance(read_or_refused(raw), Unreadable)


def read_or_refused(raw: bytes) -> Sent | Unreadable:
    try:
        return read(raw)
    except Unreadable as refused:
        return refused
