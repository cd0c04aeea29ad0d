"""Bring the database, and in production the static files, to what this code expects.

One process instead of one per command: loading Django is most of what each of them costs.
"""

import os

import django
from django.core.management import call_command

from config.env import env


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_catalogue")
    if env.debug:
        call_command("load_demo")
    else:
        call_command("collectstatic", interactive=False, verbosity=0)


if __name__ == "__main__":
    main()
