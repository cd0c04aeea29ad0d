"""A body is one event or a list of them; whatever else it is, it is refused as a whole."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.events import MalformedBatch, split


@pytest.mark.parametrize(("body", "number"), [("{}", 1), ("[]", 0), ("[{}]", 1), (" [{},\n{}]\t", 2), ("\r\n{} ", 1)])
def test_it_may_be_one_or_several(body: str, number: int) -> None:
    assert len(split(body.encode())) == number


@pytest.mark.parametrize(("body", "is_batch"), [("{}", True), ("[{}]", False), ("[]", False)])
def test_one_is_not_several_nor_several_one(body: str, is_batch: bool) -> None:
    with pytest.raises(MalformedBatch):
        split(body.encode(), is_batch=is_batch)
    assert split(body.encode(), is_batch=not is_batch) == split(body.encode())


def test_what_is_no_event_stays_in_the_list_for_itself() -> None:
    assert [bytes(raw) for raw in split(b'[1, null, "x", [{}], {"a": 1e400}]')] == [
        *(b"1", b"null", b'"x"', b"[{}]", b'{"a": 1e400}'),
    ]


MALFORMED = {
    "nothing": b"",
    "blanks": b" \n",
    "a number": b"5",
    "a text": b'"x"',
    "no value": b"null",
    "two events": b"{}{}",
    "a list without an end": b"[{}",
    "something behind it": b"[{}],",
    "a comma too many": b"[{},]",
    "a comment": b"[/* none */]",
    "single quotes": b"[{'id': 1}]",
    "no number": b'[{"data": {"quantity": NaN}}]',
    "a number that begins with 0": b"[01]",
    "a number that ends in a point": b"[1.]",
    "a control character": b'[{"id": "\x01"}]',
    "a raw NUL": b'[{"id": "\x00"}]',
    "an escape that is none": b'[{"id": "\\x"}]',
    "half of a character": b'[{"id": "\\ud800", "source": "crm"}]',
    "the other half": b'[{"id": "\\udc00", "source": "crm"}]',
    "half of a character in UTF-8": b'[{"id": "\xed\xa0\x80"}]',
    "no UTF-8": b'[{"id": "\xff"}]',
    "a byte order mark": b"\xef\xbb\xbf[]",
    "UTF-16": "[{}]".encode("utf-16"),
    "a blank that is none": "\N{NO-BREAK SPACE}[]".encode(),
    "10,000 lists": b"[" * 10_000 + b"]" * 10_000,
    "10,000 objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "200,000 lists": b"[" * 200_000,
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedBatch):
        split(body)


@given(st.lists(st.text() | st.integers() | st.none() | st.lists(st.text(), max_size=2)))
def test_each_stands_for_itself(values: list[object]) -> None:
    assert [json.loads(bytes(raw)) for raw in split(json.dumps(values).encode())] == values
