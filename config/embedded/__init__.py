"""A real PostgreSQL and a real Valkey out of the wheels, for development and tests.

They listen on 127.0.0.1 only, on free ports, and want a password.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from config.embedded.postgres import start_postgres
from config.embedded.valkey import start_valkey
from config.processes import Children


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
