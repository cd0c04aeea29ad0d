"""`verify_history`: is every tenant's history what was written?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.tenancy.scopes import support_scope, tenant_scope
from licences.models import HistoryHead, Tenant
from licences.services.history import breaks


class Command(BaseCommand):
    help = (
        "Verify the chain of every tenant's history. Prints per tenant how many entries there are and what the last "
        "one ends in, or each break. Fails when a chain is broken."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SERIAL", help="only this tenant; without it, every tenant")

    def handle(self, *args: Any, **options: Any) -> None:
        with support_scope("list the tenants whose history is verified"):
            tenants = [each for each in Tenant.objects.all() if options["tenant"] in (None, each.serial_number)]
        if options["tenant"] and not tenants:
            raise CommandError(f"There is no tenant {options['tenant']}.")
        broken = [tenant for tenant in tenants if not self.verify(tenant)]
        if broken:
            raise CommandError(f"The history of {len(broken)} of {len(tenants)} tenants is broken.")

    def verify(self, tenant: Tenant) -> bool:
        with tenant_scope(tenant.pk):
            found = list(breaks(tenant))
            head = HistoryHead.objects.filter(tenant=tenant).first() or HistoryHead(tenant=tenant)
        if found:
            self.stdout.write(self.style.ERROR(f"{tenant}: broken"))
            for each in found:
                self.stdout.write(f"  entry {each.number} {each.what}")
        else:
            ends = f", ends in {head.hash[:12]}" if head.hash else ""
            self.stdout.write(f"{tenant}: {head.length} entries, OK{ends}")
        return not found
