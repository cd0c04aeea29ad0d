"""`close_month`: what the sweep does every few minutes, for one month and now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.tenancy.scopes import support_scope
from metering.models import UsageMonth
from metering.periods import Month
from notifications.jobs.month_close import MonthClose
from notifications.services.month_closes import close_due_months


class Command(BaseCommand):
    help = "Draw the invoices of a month that are not there yet, of every tenant whose month is over for three days."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", metavar="YYYY-MM", help="the month to close, such as 2026-10")

    def handle(self, *args: Any, **options: Any) -> None:
        month = Month.parse(options["month"])
        if month is None:
            raise CommandError("A month is written as 2026-10.")
        swept = close_due_months(MonthClose, only=month, again=True)
        for invoice in swept.invoices:
            self.stdout.write(f"{invoice.number}: {invoice.total_minor} {invoice.currency} in minor units")
        for tenant, reason in swept.failed.items():
            self.stdout.write(f"{tenant}: {reason}")
        with support_scope("which invoices of a month are not drawn yet"):
            waiting = UsageMonth.objects.waiting().filter(month=month.first)
            left = waiting.order_by().values("tenant").distinct().count()
        self.stdout.write(f"{month}: {len(swept.invoices)} invoices drawn, {left} not yet.")
        if swept.failed:
            raise CommandError(f"Not closed: {len(swept.failed)}.")
