"""Mails about usage with made-up data, for support to look at."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

from django.utils import timezone

from config.mails import Mail
from licences.models import Tenant, User
from metering.models import MeteredService, Tariff, UsageAlert
from notifications.services.usage_mails import usage_mail

SERVICE: Final = MeteredService(name="E-mails sent via Mailings", code="mailing-emails", unit="e-mails")
TARIFF: Final = Tariff(
    service=SERVICE,
    currency="EUR",
    allowance_base=Decimal(500),
    allowance_per_user=Decimal(500),
    block_size=Decimal(1000),
    price_minor=Decimal(500),
)
USERS: Final = 24
INCLUDED: Final = Decimal(12_500)


def usage_at(tenant: Tenant, administrator: User, threshold: int) -> Mail:
    used, passed = {85: (Decimal(10_840), []), 100: (Decimal(14_320), [85])}[threshold]
    month, at = tenant.today.replace(day=1), timezone.now() - timedelta(minutes=2)
    alert = UsageAlert(service=SERVICE, month=month, threshold=threshold, used=used, at=at)
    alert.allowance, alert.users = INCLUDED, USERS
    return usage_mail(alert, TARIFF, passed, tenant=tenant, to=administrator)
