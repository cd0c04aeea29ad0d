"""`invariants`: what must hold over all rows, checked."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.invariants import broken_rows

SHOWN = 5


class Command(BaseCommand):
    help = "Check what must hold over the rows of all tenants. Prints every rule with the number of rows that break it."

    def handle(self, *args: Any, **options: Any) -> None:
        found = broken_rows()
        for rule, rows in found.items():
            self.stdout.write(f"{len(rows):>6}  {rule}")
            for row in rows[:SHOWN]:
                self.stdout.write(f"        {row}")
        broken = sum(bool(rows) for rows in found.values())
        if broken:
            raise CommandError(f"{broken} of {len(found)} invariants are broken.")
        self.stdout.write(self.style.SUCCESS(f"All {len(found)} invariants hold."))
