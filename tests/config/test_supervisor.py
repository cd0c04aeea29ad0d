"""What `make run` promises, held against the real thing."""

import http.client
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.embedded import embedded_servers
from config.variables import ROOT
from tests.config.supervised import Supervised, environ_of, scratch_directory, wait_until


@pytest.fixture
def directory() -> Iterator[Path]:
    with scratch_directory() as path:
        yield path


def test_a_sigterm_leaves_no_process_and_a_kill_loses_no_data(directory: Path) -> None:
    with Supervised(directory) as first:
        assert first.is_up(), first.output
        with first.database() as connection:
            connection.execute("CREATE TABLE proof AS SELECT 'kept' AS row")
        first.process.kill()

        assert wait_until(lambda: not first.alive(), 20), first.alive()

    with Supervised(directory) as second:
        assert second.is_up(), second.output
        with second.database() as connection:
            assert connection.execute("SELECT row FROM proof").fetchall() == [("kept",)]
        second.process.terminate()

        assert second.process.wait(20) == 0
        assert second.alive() == []
        assert not (directory / "servers.env").exists()
        assert not (directory / "processes.json").exists()


@pytest.mark.proof
def test_the_next_start_ends_what_a_run_left_that_lost_its_guardian_too(directory: Path) -> None:
    with Supervised(directory) as first:
        assert first.is_up(), first.output
        with first.database() as connection:
            connection.execute("CREATE TABLE proof AS SELECT 'kept' AS row")
        first.named("config.processes").kill()
        first.process.kill()
        first.process.wait()
        time.sleep(1)
        assert len(first.alive()) > 5

        with Supervised(directory, PORT=first.port) as second:
            assert second.is_up(), second.output

            assert first.alive() == []
            with second.database() as connection:
                assert connection.execute("SELECT row FROM proof").fetchall() == [("kept",)]


@pytest.mark.proof
@pytest.mark.parametrize("word", ["granian", "worker", "beat", "-D"])
def test_a_child_that_is_killed_comes_back(directory: Path, word: str) -> None:
    with Supervised(directory) as run:
        assert run.is_up(), run.output
        old = run.named(word)

        old.kill()

        assert wait_until(lambda: _one_more_is_up(run, word, old)), run.output
        assert wait_until(lambda: _status(run.port, "/healthz/ready/") == 200), run.output


def _one_more_is_up(run: Supervised, word: str, old: psutil.Process) -> bool:
    try:
        return run.named(word) != old
    except (ValueError, psutil.NoSuchProcess):
        return False


def _status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


@pytest.mark.proof
def test_one_given_server_is_used_and_the_other_is_started(directory: Path) -> None:
    with scratch_directory() as elsewhere, embedded_servers(elsewhere) as addresses:
        with Supervised(directory, DATABASE_URL=addresses["DATABASE_URL"], DEBUG="true") as run:
            assert run.is_up(), run.output

        assert (directory / "valkey").exists()
        assert not (directory / "postgres").exists()


@pytest.mark.proof
def test_a_stop_while_it_starts_leaves_no_process(directory: Path) -> None:
    for seconds in (0.3, 0.8, 1.6, 3.2):
        with Supervised(directory) as run:
            time.sleep(seconds)
            run.note_family()

            run.process.send_signal(signal.SIGINT)

            assert run.process.wait(20) in {0, 130, -signal.SIGINT}
            assert wait_until(lambda: not run.alive(), 5), run.alive()


@pytest.mark.proof
def test_it_ends_when_the_make_that_started_it_is_killed(directory: Path) -> None:
    command = f"{sys.executable} -m config.supervisor --end-with-parent; true"
    with Supervised(directory) as run:
        assert run.is_up(), run.output
        run.process.terminate()
        run.process.wait()
    shell = subprocess.Popen(["sh", "-c", command], cwd=ROOT, env=run.environ, stdout=subprocess.DEVNULL)
    assert wait_until(lambda: _status(run.port, "/healthz/ready/") == 200)
    family = psutil.Process(shell.pid).children(recursive=True)

    shell.kill()
    shell.wait()

    assert wait_until(lambda: not any(process.is_running() for process in family), 20)


def test_a_port_in_use_ends_the_start_in_one_line(directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, Supervised(directory, PORT=other.getsockname()[1]) as run:
        assert run.process.wait(20) == 1

        assert run.output == f"port {other.getsockname()[1]} is in use: set PORT to another\n"


def test_a_second_run_on_the_same_data_ends_in_one_line(directory: Path) -> None:
    with Supervised(directory) as first:
        assert wait_until(lambda: (directory / "postgres.log").exists())
        with Supervised(directory) as second:
            assert second.process.wait(20) == 1

            assert second.output.count("\n") == 1
            assert f"is in use by process {first.process.pid}" in second.output
            first.process.terminate()
            first.process.wait(20)


@pytest.mark.parametrize("variable", ["DATABASE_URL", "REDIS_URL"])
@pytest.mark.parametrize("listens", [False, True])
def test_a_server_that_does_not_answer_ends_the_start_in_one_line(
    directory: Path, variable: str, listens: bool
) -> None:
    scheme = "postgresql" if variable == "DATABASE_URL" else "redis"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        if not listens:
            silent.close()
        address = f"{scheme}://someone:hunter2@127.0.0.1:{port}/licences"

        with Supervised(directory, DEBUG="true", **{variable: address}) as run:
            assert run.process.wait(20) == 1

            assert run.output.startswith(f"{variable}: 127.0.0.1:{port}")
            assert run.output.count("\n") == 1
            assert "hunter2" not in run.output


def test_a_wrong_value_ends_every_start_with_its_name(directory: Path) -> None:
    environ = environ_of(DATA_DIR=directory, DEBUG="true", WEB_THREADS="many")
    python = [sys.executable, "-m"]
    for command in (
        [*python, "config.supervisor"],
        [sys.executable, "manage.py", "check"],
        [*python, "celery", "--app", "config.celery", "report"],
    ):
        ended = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)

        assert (ended.returncode, ended.stderr) == (2, "WEB_THREADS: Not a valid integer.\n"), command


def test_a_database_of_ones_own_asks_for_a_key_and_gets_no_demo(directory: Path) -> None:
    with Supervised(directory, DATABASE_URL="postgresql://127.0.0.1:5432/licences") as run:
        assert run.process.wait(20) == 2

        assert run.output == "SECRET_KEY: must be set unless DEBUG is on (50 or more random characters)\n"
