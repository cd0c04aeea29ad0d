"""`write_holidays`: the public holidays of a country as a file that somebody reads before it counts."""

from importlib import import_module
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from licences.catalogue.service_level import CALENDARS

HEADER = """\
# Public holidays of {country}, {first}–{last}, written by `manage.py write_holidays`. Read it before it is loaded:
# a day with `open = "09:00-12:00"` is open then instead of closed, and one that the desk works on is deleted here.

source = "public-holidays"
library = "holidays {version}, {country}"
"""

DAY = """
[[day]]
on = {on}
name = "{name}"
"""


class Command(BaseCommand):
    help = (
        "Write the public holidays of a country, such as NO, into the catalogue's calendars, with the library "
        "`holidays` of the development requirements. Nothing is loaded: look at the file, then run load_catalogue."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("country", help="ISO code of the country")
        parser.add_argument("first", type=int, metavar="FIRST", help="first year")
        parser.add_argument("last", type=int, metavar="LAST", help="last year")
        parser.add_argument("name", help="name of the file, such as norway")
        parser.add_argument("--folder", type=Path, default=CALENDARS, help="where to write it")

    def handle(self, *args: Any, **options: Any) -> None:
        country, first, last = options["country"].upper(), options["first"], options["last"]
        try:
            holidays = import_module("holidays")
        except ImportError:
            raise CommandError("The library is not installed: it comes with requirements-dev.txt.") from None
        try:
            days = holidays.country_holidays(country, years=range(first, last + 1), language="en_US")
        except NotImplementedError:
            raise CommandError(f"The library knows no country {country}.") from None
        header = HEADER.format(country=country, first=first, last=last, version=holidays.__version__)
        rows = [DAY.format(on=day, name=name.replace('"', "'")) for day, name in sorted(days.items())]
        path = options["folder"] / f"{options['name']}.toml"
        path.write_text(header + "".join(rows), encoding="utf-8")
        self.stdout.write(f"{path.name}: {len(rows)} days of {first}–{last}. Read them, then run load_catalogue.")
