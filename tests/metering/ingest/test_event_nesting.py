"""However deep lists and objects stand in each other, an event is refused and the process goes on: a web server's
thread has a stack of 2 MiB, and whoever comes to its end ends all requests of the process."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from metering.events import MalformedBatch, Told, Unreadable, id_of, read, split, told

STACK = 2 * 1024 * 1024
DEPTHS = (1_000, 5_000, 7_000, 8_500, 9_500, 12_000, 100_000)
AROUND = {
    "alone": b"%s",
    "in a list": b"[%s]",
    "a member without a meaning": b'{"id": "a", "x": %s}',
    "the ID": b'{"id": %s, "type": "emails"}',
    "the time": b'{"id": "a", "time": %s}',
    "the data": b'{"id": "a", "data": %s}',
    "the quantity": b'{"id": "a", "data": {"quantity": %s}}',
    "a member that is there twice": b'{"id": "a", "source": "s", "type": "t", "data": {"quantity": 1}, "data": %s}',
    "behind an escape": b'{"id": "\\u0061", "source": "s", "type": "t", "data": {"quantity": 1}, "x": %s}',
}


@contextmanager
def small_stack() -> Iterator[ThreadPoolExecutor]:
    was = threading.stack_size(STACK)
    try:
        with ThreadPoolExecutor(1) as threads:
            yield threads
    finally:
        threading.stack_size(was)


def nested(depth: int) -> Iterator[bytes]:
    yield b"[" * depth + b"]" * depth
    yield b'{"x":' * depth + b"1" + b"}" * depth


def taken(body: bytes) -> None:
    """All that is done with a body before the database is asked, and with what is refused."""
    try:
        events = split(body)
    except MalformedBatch:
        return
    for event in events:
        try:
            read(event)
        except Unreadable:
            id_of(event)
        told(event)


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_no_depth_ends_the_process(around: bytes) -> None:
    with small_stack() as threads:
        for depth in DEPTHS:
            for value in nested(depth):
                threads.submit(taken, around.replace(b"%s", value)).result()


def test_of_what_is_refused_strings_and_numbers_are_told() -> None:
    assert told(b'{"id": "a\\u0000b", "type": ["t"], "time": 12e3, "data": {"quantity": -1.50}}') == Told(
        "ab", "", "12e3", "-1.50"
    )
    assert told(b'{"id": "%s", "type": true, "time": null, "data": [1]}' % (b"x" * 300)) == Told("x" * 200, "", "", "")
    assert told(b"no event") == told(b"[]") == told(b'"a"') == Told("", "", "", "")
