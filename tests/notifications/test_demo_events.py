"""What has happened in the demo tenants before: the same whenever the demo is loaded again."""

from io import StringIO

import pytest
from django.core.management import call_command
from pytest_django import Settings

from config.tenancy.scopes import support_scope
from licences.models import Tenant
from notifications.models import EventChange, SystemEvent
from notifications.services.demo_events import PAST

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_demo_tenant_has_had_a_few_events_and_no_more_when_it_is_loaded_again(settings: Settings) -> None:
    settings.DEBUG = True
    call_command("load_catalogue", stdout=StringIO())
    for _ in range(2):
        call_command("load_demo", stdout=StringIO())

    with support_scope("a test looks"):
        past = SystemEvent.objects.exclude(key="ROURebuild")
        assert past.count() == len(PAST) * Tenant.objects.count()
        assert EventChange.objects.filter(event__in=past).count() == 2 * past.count()
        assert not past.active().exists()
        assert set(past.values_list("status", flat=True)) == {"succeeded", "failed", "cancelled"}
