"""`create_api_token`: what the page for API tokens does, from the command line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import ApiToken, Tenant
from licences.services.api_tokens import make_token


class Command(BaseCommand):
    help = "Make an API token for a product back end and print it, alone on the last line. It is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SERIAL", required=True, help="serial number of the tenant")
        parser.add_argument("--source", metavar="URI", required=True, help="names the system that will use the token")
        parser.add_argument(
            "--scope",
            metavar="S",
            dest="scopes",
            action="append",
            required=True,
            choices=ApiToken.Scope.values,
            help=f"what it may do, once for each: {', '.join(ApiToken.Scope.values)}",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        source = options["source"].strip()
        if not 1 <= len(source) <= 200:
            raise CommandError("--source: from 1 to 200 characters.")
        with support_scope("look up the tenant of a new API token"):
            tenant = Tenant.objects.filter(serial_number=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['tenant']}.")
        with tenant_scope(tenant.pk):
            made = make_token(tenant, source=source, scopes=options["scopes"], by=None)
        self.stdout.write(f"{tenant}: a token for {source} that may {', '.join(made.token.scopes)}.")
        self.stdout.write(made.clear)
