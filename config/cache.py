"""A cache that answers while its server does not: throttling degrades to this process, and no page fails for it."""

import json
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 5
"""How long nobody asks a server that did not answer, so that one that hangs costs one timeout and not one per key."""


class JSONSerializer:
    """What comes out of the cache is data: whoever can write to the server cannot make us run anything."""

    def dumps(self, value: Any) -> bytes:
        return json.dumps(value).encode()

    def loads(self, data: Any) -> Any:
        return json.loads(data)


class SteadyClient:
    """Redis or, when it does not answer, the memory of this process."""

    asked_again_at = 0.0

    def __init__(self, servers: list[str], **options: Any) -> None:
        self._redis = RedisCacheClient(servers, serializer=JSONSerializer(), retry=Retry(NoBackoff(), 0), **options)
        self._memory = LocMemCache("steady", {"OPTIONS": {"MAX_ENTRIES": 100_000}})

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def carry_out(*args: Any) -> Any:
            if time.monotonic() >= SteadyClient.asked_again_at:
                try:
                    return getattr(self._redis, operation)(*args)
                except RedisError as error:
                    SteadyClient.asked_again_at = time.monotonic() + PAUSE_SECONDS
                    log.warning("cache_does_not_answer", error=type(error).__name__)
            return getattr(self._memory, operation)(*args)

        return carry_out


class SteadyCache(RedisCache):
    """Django's Redis cache over a SteadyClient."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = SteadyClient
