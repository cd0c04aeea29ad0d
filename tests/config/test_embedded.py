"""The embedded servers: real, shut to others, and able to rise from whatever a crash left."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
import redis

from config.embedded import embedded_servers
from config.embedded.server import ServerFailed
from tests.config.supervised import scratch_directory, wait_until


@pytest.fixture
def directory() -> Iterator[Path]:
    with scratch_directory() as path:
        yield path


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Path, dict[str, str]]]:
    """Both servers, for tests that leave them as they are: their directory and their addresses."""
    with scratch_directory() as path, embedded_servers(path) as addresses:
        yield path, addresses


def test_both_servers_are_real_private_and_durable(running: tuple[Path, dict[str, str]]) -> None:
    _directory, addresses = running
    with psycopg.connect(addresses["DATABASE_URL"]) as connection:
        settings = dict(
            connection.execute(
                "SELECT name, setting FROM pg_settings"
                " WHERE name IN ('listen_addresses', 'synchronous_commit', 'fsync')"
            ).fetchall()
        )
        [[version, superuser]] = connection.execute(
            "SELECT current_setting('server_version_num')::int, rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchall()
        with redis.Redis.from_url(addresses["REDIS_URL"]) as valkey:
            kept = valkey.config_get("append*") | valkey.config_get("maxmemory-policy") | valkey.config_get("bind")

    assert version >= 180000
    assert not superuser
    assert settings == {"listen_addresses": "127.0.0.1", "synchronous_commit": "on", "fsync": "on"}
    assert (kept["appendonly"], kept["maxmemory-policy"], kept["bind"]) == ("yes", "noeviction", "127.0.0.1")


def test_the_log_of_the_database_quotes_no_row_and_no_statement(running: tuple[Path, dict[str, str]]) -> None:
    directory, addresses = running
    with psycopg.connect(addresses["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE TEMPORARY TABLE person (login text UNIQUE)")
        connection.execute("INSERT INTO person VALUES ('canary.berg')")
        with pytest.raises(psycopg.errors.UniqueViolation, match="canary"):
            connection.execute("INSERT INTO person VALUES ('canary.berg')")

    log = (directory / "postgres.log").read_text()
    assert "duplicate key value" in log
    assert "canary" not in log


def test_nobody_enters_without_the_password(running: tuple[Path, dict[str, str]]) -> None:
    directory, addresses = running
    database, broker = urlsplit(addresses["DATABASE_URL"]), urlsplit(addresses["REDIS_URL"])

    for role in ("licences", "postgres"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://{role}:wrong@127.0.0.1:{database.port}/postgres")
    with (
        redis.Redis(host="127.0.0.1", port=broker.port or 0) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()

    assert stat.S_IMODE((directory / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE((directory / "postgres").stat().st_mode) == 0o700
    assert stat.S_IMODE((directory / "valkey").stat().st_mode) == 0o700


def test_a_killed_postgres_rises_on_the_same_data_and_never_twice(directory: Path) -> None:
    with embedded_servers(directory) as addresses:
        with psycopg.connect(addresses["DATABASE_URL"], autocommit=True) as connection:
            connection.execute("CREATE TABLE proof AS SELECT 'kept' AS row")
        data = (directory / "postgres").resolve()
        [postmaster] = [child for child in psutil.Process().children() if Path(child.cwd()) == data]
        postmaster.kill()
        assert wait_until(lambda: postmaster.status() == "zombie")
    # By now its number may be anybody's: ours, for one.
    lines = (directory / "postgres/postmaster.pid").read_text().splitlines()
    (directory / "postgres/postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]))

    with embedded_servers(directory) as addresses, psycopg.connect(addresses["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT row FROM proof").fetchall() == [("kept",)]


def test_an_unreadable_queue_is_put_aside(directory: Path) -> None:
    with embedded_servers(directory) as addresses, redis.Redis.from_url(addresses["REDIS_URL"]) as valkey:
        valkey.set("some", "thing")
    [log] = (directory / "valkey/appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"no such thing\r\n" + log.read_bytes())

    with embedded_servers(directory) as addresses, redis.Redis.from_url(addresses["REDIS_URL"]) as valkey:
        assert valkey.get("some") is None

    assert (directory / "valkey.unreadable").is_dir()


def test_data_of_another_postgres_is_left_alone(directory: Path) -> None:
    with embedded_servers(directory):
        pass
    (directory / "postgres/PG_VERSION").write_text("17\n")

    with pytest.raises(ServerFailed, match="PostgreSQL 17"), embedded_servers(directory):
        pass


def test_a_half_made_cluster_is_made_anew(directory: Path) -> None:
    (directory / "postgres.draft/base").mkdir(parents=True)
    (directory / "postgres.draft/PG_VERSION").write_text("18\n")

    with embedded_servers(directory) as addresses, psycopg.connect(addresses["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT 1").fetchall() == [(1,)]
