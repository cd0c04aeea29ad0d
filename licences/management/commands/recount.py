"""`recount`: what the counter regeneration does, from the command line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import Tenant
from licences.services.counters import recount_all


class Command(BaseCommand):
    help = "Recount every counter from its source rows, put right what was wrong, and print each difference."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SERIAL", help="only this tenant; without it, every tenant")

    def handle(self, *args: Any, **options: Any) -> None:
        with support_scope("list the tenants to recount"):
            tenants = [each for each in Tenant.objects.all() if options["tenant"] in (None, each.serial_number)]
        if options["tenant"] and not tenants:
            raise CommandError(f"There is no tenant {options['tenant']}.")
        for tenant in tenants:
            with tenant_scope(tenant.pk):
                self.recount(tenant)

    def recount(self, tenant: Tenant) -> None:
        parts = list(recount_all(tenant, recount=f"command {timezone.now():%Y-%m-%dT%H:%M:%SZ}"))
        wrong = [difference for part in parts for difference in part.differences]
        self.stdout.write(f"{tenant}: {sum(part.counters for part in parts)} counters, {len(wrong)} wrong.")
        for difference in wrong:
            self.stdout.write(f"  {difference}")
