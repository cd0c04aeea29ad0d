import socket
import time
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import BaseCache, caches
from pytest_django import Settings

from config.cache import PAUSE_SECONDS, SteadyClient


@pytest.fixture(autouse=True)
def _server_is_asked_again() -> Iterator[None]:
    SteadyClient.asked_again_at = 0.0
    yield
    SteadyClient.asked_again_at = 0.0


@pytest.fixture
def cache_at(settings: Settings) -> Callable[[str], BaseCache]:
    def move(address: str) -> BaseCache:
        settings.CACHES = settings.CACHES | {"default": settings.CACHES["default"] | {"LOCATION": address}}
        return caches["default"]

    return move


@pytest.fixture
def frozen_server() -> Iterator[str]:
    """Takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def test_what_is_kept_in_the_server_comes_back(settings: Settings) -> None:
    cache = caches["default"]

    cache.set("hits", [1.5, 2.5])
    cache.add("count", 1)
    cache.incr("count")

    assert (cache.get("hits"), cache.get("count"), cache.get("nothing", "default")) == ([1.5, 2.5], 2, "default")
    assert SteadyClient.asked_again_at == 0


def test_without_a_server_this_process_remembers(cache_at: Callable[[str], BaseCache]) -> None:
    cache = cache_at("redis://127.0.0.1:1/0")

    added = [cache.add("lock", True), cache.add("lock", True)]
    cache.set("hits", [1.5])

    assert added == [True, False]
    assert cache.get("hits") == [1.5]
    assert cache.get_many(["hits", "nothing"]) == {"hits": [1.5]}
    assert cache.delete("lock")


def test_a_server_that_hangs_costs_one_timeout_and_not_one_per_key(
    cache_at: Callable[[str], BaseCache], frozen_server: str
) -> None:
    cache = cache_at(frozen_server)
    began = time.monotonic()

    for number in range(20):
        cache.set(f"key{number}", number)

    assert 0.5 < time.monotonic() - began < 3


def test_a_server_that_is_back_is_asked_again(cache_at: Callable[[str], BaseCache], settings: Settings) -> None:
    usual = settings.CACHES["default"]["LOCATION"]
    cache_at("redis://127.0.0.1:1/0").set("hits", 1)
    assert SteadyClient.asked_again_at > time.monotonic()

    SteadyClient.asked_again_at -= PAUSE_SECONDS
    cache = cache_at(usual)
    cache.set("hits", 2)

    assert cache.get("hits") == 2
    assert SteadyClient.asked_again_at <= time.monotonic()


def test_what_somebody_else_put_there_is_never_run(settings: Settings) -> None:
    cache = caches["default"]
    key = cache.make_and_validate_key("planted")
    pickled = b"cbuiltins\neval\n(S'1/0'\ntR."
    cache._cache._redis.get_client(write=True).set(key, pickled)

    with pytest.raises(ValueError, match="Expecting value"):
        cache.get("planted")
