"""Somebody else is in the middle of something, and holds what that has locked."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

from django.db import connection

from config.tenancy.scopes import support_scope


@contextmanager
def held(act: Callable[[], Any]) -> Iterator[None]:
    """What was done in a transaction of another connection is not committed before the block ends; whoever waits for
    it gives up soon."""
    begun, ended = Event(), Event()

    def hold() -> None:
        try:
            with support_scope("a test holds locks"):
                act()
                begun.set()
                ended.wait(timeout=30)
        finally:
            begun.set()
            connection.close()

    with ThreadPoolExecutor(1) as threads, impatient():
        holding = threads.submit(hold)
        begun.wait(timeout=30)
        try:
            yield
        finally:
            ended.set()
            holding.result()


@contextmanager
def impatient() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")
