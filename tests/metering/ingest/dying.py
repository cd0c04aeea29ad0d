"""`python -m tests.metering.ingest.dying TENANT`: batches are sent that die before each of their statements in turn.

Each batch of the list on standard input is sent by a process that gets a SIGKILL before its first statement, then by
one that gets it before the second, and so on, the last one just before it commits, until one lives. Says how often
each batch died.
"""

import json
import os
import sys
import traceback
from importlib import import_module
from typing import Any

import django
import time_machine

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def main() -> None:
    (tenant_id,) = map(int, sys.argv[1:])
    django.setup()
    import_module("tests.metering.ingest.world")  # what all processes need is loaded once
    import_module("metering.services.ingest")
    deaths = [send_until_it_lives(tenant_id, batch) for batch in json.load(sys.stdin)]
    sys.stdout.write(json.dumps(deaths))


def send_until_it_lives(tenant_id: int, batch: list[dict[str, Any]]) -> int:
    from tests.mortal import killed

    deaths = 0
    while killed(start(tenant_id, batch, dies_at=deaths + 1)):
        deaths += 1
    return deaths


def start(tenant_id: int, batch: list[dict[str, Any]], *, dies_at: int) -> int:
    """A process of its own; nothing has asked the database before it was there."""
    pid = os.fork()
    if pid == 0:
        try:
            send(tenant_id, batch, dies_at)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return pid


def send(tenant_id: int, batch: list[dict[str, Any]], dies_at: int) -> None:
    from django.db import connection

    from config.tenancy.scopes import tenant_scope
    from licences.models import Tenant
    from metering.services.ingest import ingest
    from tests.metering.ingest.world import NOW
    from tests.metering.sending import SOURCE
    from tests.mortal import Mortal

    raws = [json.dumps(each).encode() for each in batch]
    with time_machine.travel(NOW, tick=False), tenant_scope(tenant_id):
        tenant = Tenant.objects.get(pk=tenant_id)
        with connection.execute_wrapper(Mortal(dies_at)), connection.cursor() as cursor:
            ingest(tenant, raws, source=SOURCE)
            cursor.execute("SELECT 1")  # all is done but the commit


if __name__ == "__main__":
    main()
