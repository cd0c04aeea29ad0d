"""`manage.py load_catalogue`: the price list of the files into the database."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from licences.catalogue.files import CatalogueError
from licences.catalogue.service_level import published_service_level, running_out
from metering.services.catalogue import load_catalogue


class Command(BaseCommand):
    help = (
        "Load licence types, plans, limits, the support desk's promise and metered services from their files; "
        "a second run changes nothing."
    )

    def handle(self, *args: object, **options: object) -> None:
        try:
            changes = load_catalogue()
        except CatalogueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Catalogue: {changes}.")
        for label in sorted(changes.left_over):
            self.stdout.write(f"No longer in the files, kept: {label}.")
        for code, day in running_out(published_service_level(), timezone.now().date()).items():
            self.stdout.write(f"The calendar {code} has no special days after {day}: write_holidays writes more.")
