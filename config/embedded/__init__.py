"""A real PostgreSQL and a real Valkey out of the wheels, for development and tests.

They listen on 127.0.0.1 only, on free ports, and want a password.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

from config.embedded import valkey
from config.embedded.postgres import start_postgres
from config.embedded.server import ServerFailed
from config.embedded.valkey import start_valkey
from config.processes import Children
from config.variables import explicit_sources

OLDEST_POSTGRES = 18
"""The oldest that Django supports and that the console was tried on; its own is newer."""


@contextlib.contextmanager
def embedded_servers(directory: Path, *, durable: bool = True) -> Iterator[dict[str, str]]:
    """Run both servers on the data in `directory`; yields DATABASE_URL and REDIS_URL.

    With `durable=False` a power cut may lose data; a killed process never does.
    """
    with Children(directory) as children:
        yield {
            "DATABASE_URL": start_postgres(children, directory, durable=durable),
            "REDIS_URL": start_valkey(children, directory),
        }


def serve_what_is_missing(children: Children, directory: Path, *, durable: bool = True) -> dict[str, str]:
    """DATABASE_URL and REDIS_URL: where one is set its server must answer, for the other one is started."""
    chosen = explicit_sources()
    database, broker = chosen.str("DATABASE_URL", ""), chosen.str("REDIS_URL", "")
    if database:
        check_database(database)
    if broker:
        check_redis(broker)
    return {
        "DATABASE_URL": database or start_postgres(children, directory, durable=durable),
        "REDIS_URL": broker or start_valkey(children, directory),
    }


def check_database(address: str) -> None:
    """Raises ServerFailed, without the password, unless the server answers within seconds and is new enough."""
    try:
        with psycopg.connect(address, connect_timeout=3) as connection:
            major = connection.info.server_version // 10000
    except psycopg.Error as error:
        raise ServerFailed(f"DATABASE_URL: {_place(address)} is no use: {_reason(error, address)}") from None
    if major < OLDEST_POSTGRES:
        raise ServerFailed(
            f"DATABASE_URL: {_place(address)} is PostgreSQL {major}: {OLDEST_POSTGRES} or newer is needed"
        )


def check_redis(address: str) -> None:
    """Raises ServerFailed, without the password, unless the server answers within seconds."""
    try:
        valkey.ping(address)
    except (redis.RedisError, OSError) as error:
        raise ServerFailed(f"REDIS_URL: {_place(address)} is no use: {_reason(error, address)}") from None


def _place(address: str) -> str:
    url = urlsplit(address)
    return f"{url.hostname or 'the local server'}{f':{url.port}' if url.port else ''}"


def _reason(error: Exception, address: str) -> str:
    """The driver's last line, which tells most; should it repeat the password, that is taken out."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    password = urlsplit(address).password
    return lines[-1].strip().replace(password, "…") if password else lines[-1].strip()
