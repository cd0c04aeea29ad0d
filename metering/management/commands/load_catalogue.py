"""`manage.py load_catalogue`: the price list of the files into the database."""

from django.core.management.base import BaseCommand, CommandError

from licences.catalogue.files import CatalogueError
from metering.services.catalogue import load_catalogue


class Command(BaseCommand):
    help = "Load licence types, plans, limits and metered services from their files; a second run changes nothing."

    def handle(self, *args: object, **options: object) -> None:
        try:
            changes = load_catalogue()
        except CatalogueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Catalogue: {changes}.")
        for label in sorted(changes.left_over):
            self.stdout.write(f"No longer in the files, kept: {label}.")
