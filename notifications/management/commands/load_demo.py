"""`load_demo`: something to look at in development."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.tenancy.scopes import support_scope
from licences.models import Tenant, User
from licences.services.demo import DEMOS, SUPPORT_LOGIN, load_demo
from metering.services.demo_usage import give_usage
from notifications.jobs.counter_regeneration import CounterRegeneration
from notifications.models import SystemEvent
from notifications.services.demo_events import give_past_events
from notifications.services.tracker import start_job


class Command(BaseCommand):
    help = "Load three demo tenants, the same every time, and start a counter regeneration for each. Needs DEBUG."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Demo logins have a known password: load_demo refuses to run without DEBUG.")
        with support_scope("load the demo tenants"):
            created = load_demo()
            support = User.objects.get(login_id=SUPPORT_LOGIN)
            for tenant in Tenant.objects.filter(serial_number__in=[demo.serial_number for demo in DEMOS]):
                if not SystemEvent.objects.of(tenant).exists():
                    start_job(CounterRegeneration(), tenant=tenant, by=None)
                give_past_events(tenant)
                give_usage(tenant, support=support)
        self.stdout.write("Created: " + ", ".join(created) if created else "The demo is there already.")
