"""A process that acts: it commits one action after the other, each with a mail to write, and takes some back.

It is told by the environment how many, for which tenant; and goes no faster than mail leaves, so that what a test kills
meanwhile hits both. `python -m tests.notifications.mail.acting`.
"""

import os
import time

import django

django.setup()

from django.db import transaction  # noqa: E402

from config.mails import Mail  # noqa: E402
from config.tenancy.scopes import tenant_scope  # noqa: E402
from notifications.models import OutboxEntry  # noqa: E402

AHEAD = 20


def act(number: int, *, takes_back: bool) -> None:
    """Write the mail of one action, which tells its number; in the action's own transaction."""
    what = "Taken back" if takes_back else "Action"
    mail = Mail(f"{what} {number}", "It is done.", to=["ask@nordlys.example"])
    mail.about = f"{what}:{number}"
    mail.send()
    transaction.set_rollback(takes_back)


def is_ahead() -> bool:
    return OutboxEntry.objects.filter(state="open").count() >= AHEAD


if __name__ == "__main__":
    tenant_id, actions = int(os.environ["ACTS_FOR"]), int(os.environ["ACTIONS"])
    for number in range(actions):
        while True:
            with tenant_scope(tenant_id):
                if not is_ahead():
                    break
            time.sleep(0.02)
        for takes_back in (True, False) if number % 10 == 0 else (False,):
            with tenant_scope(tenant_id):
                act(number, takes_back=takes_back)
