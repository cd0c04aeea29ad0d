from django.db import migrations

import config.tenancy.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0020_seats_are_asked_for_in_a_number"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="requestfile",
            name="requestfile_tenant_policy",
        ),
        migrations.AddConstraint(
            model_name="requestfile",
            constraint=config.tenancy.constraints.TenantPolicy(
                column="tenant_id",
                identity="",
                name="requestfile_tenant_policy",
                rights="SELECT, INSERT",
                support="SELECT, INSERT, DELETE",
            ),
        ),
    ]
