"""`migrate`, as the owner of the schema, with the roles that requests and tasks run as."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import connections, transaction

from config.tenancy.grants import create_roles, grant_tables


class Command(migrate.Command):
    help = "Bring the schema up to date as its owner, and give each database role exactly its rights."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            create_roles(cursor)
        super().handle(*args, **options)
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            grant_tables(cursor)
