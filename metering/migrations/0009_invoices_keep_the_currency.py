from django.db import migrations

import config.tenancy.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0025_currency_is_referred_to"),
        ("metering", "0008_found_by_day_month_and_reason"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="invoice",
            constraint=config.tenancy.constraints.TenantValue(field="currency", name="invoice_in_the_tenants_currency"),
        ),
    ]
