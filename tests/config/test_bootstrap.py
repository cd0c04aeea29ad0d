"""Set-up from a bare clone: finding a Python, making the environment, and the wrapper that lends servers."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from config.variables import ROOT
from tests.config.supervised import environ_of

OLD_PYTHON = "#!/bin/sh\necho 'is Python 3.9'\nexit 1\n"
REFUSING_SHIM = "#!/bin/sh\necho 'version 3.13 is not installed' >&2\nexit 127\n"


def _machine(folder: Path, **programs: str) -> dict[str, str]:
    """The environment of a machine on which these are the only programs beside the plainest tools."""
    (folder / "bin").mkdir()
    for tool in ("dirname", "ls"):
        (folder / "bin" / tool).symlink_to(str(shutil.which(tool)))
    for name, text in programs.items():
        path = folder / "bin" / name
        path.write_text(text)
        path.chmod(0o755)
    return {"PATH": str(folder / "bin"), "HOME": str(folder)}


def _set_up(checkout: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", str(checkout / "config/bootstrap.sh"), "requirements.txt"]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def test_a_python_that_is_too_old_ends_the_set_up_in_one_line(tmp_path: Path) -> None:
    machine = _machine(tmp_path, **{"python3": OLD_PYTHON, "python3.13": REFUSING_SHIM})

    ended = _set_up(ROOT, machine)

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("Python 3.12 or newer is needed")
    assert f"{tmp_path}/bin/python3 is Python 3.9" in ended.stderr


@pytest.mark.proof
def test_a_newer_python_beside_the_old_one_is_found_and_a_half_made_environment_repaired(tmp_path: Path) -> None:
    machine = _machine(tmp_path, python3=OLD_PYTHON)
    newer = tmp_path / ".pyenv/versions/3.13.9/bin/python3.13"
    newer.parent.mkdir(parents=True)
    newer.write_text(f'#!/bin/sh\nexec {os.path.realpath(sys.executable)} "$@"\n')
    newer.chmod(0o755)
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT / "config", checkout / "config", ignore=shutil.ignore_patterns("__pycache__"))
    (checkout / "requirements.txt").write_text("# nothing\n")

    first = _set_up(checkout, machine)
    (checkout / ".venv/unfinished").touch()
    (checkout / ".venv/lib/left-over").touch()
    second = _set_up(checkout, machine)
    third = _set_up(checkout, machine)

    assert (first.returncode, second.returncode, third.returncode) == (0, 0, 0), first.stderr + second.stderr
    assert not (checkout / ".venv/lib/left-over").exists()
    assert not (checkout / ".venv/unfinished").exists()
    assert third.stderr == ""


def test_a_command_beside_servers_of_its_own_hands_back_its_exit_code_and_leaves_nothing() -> None:
    check = "import os, psycopg; psycopg.connect(os.environ['DATABASE_URL']).close(); print(os.environ['DATA_DIR'])"
    wrapper = [sys.executable, "-m", "config.embedded", "--"]

    ended = subprocess.run(
        [*wrapper, "sh", "-c", f'{sys.executable} -c "{check}"; exit 7'],
        cwd=ROOT,
        env=environ_of(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 7, ended.stderr
    assert Path(ended.stdout.strip()).parent == Path(tempfile.gettempdir()).resolve()
    assert not Path(ended.stdout.strip()).exists()


@pytest.mark.proof
def test_a_second_set_up_takes_no_time() -> None:
    _set_up(ROOT, dict(os.environ))
    began = time.monotonic()

    again = _set_up(ROOT, dict(os.environ))

    assert again.returncode == 0
    assert time.monotonic() - began < 3
