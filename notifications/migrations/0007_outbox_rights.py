from django.db import migrations, models

import config.tenancy.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0009_login_holds"),
        ("notifications", "0006_search"),
    ]

    operations = [
        migrations.AlterField(
            model_name="outboxentry",
            name="secret",
            field=models.BooleanField(default=False, verbose_name="for its reader alone"),
        ),
        migrations.RemoveConstraint(
            model_name="outboxentry",
            name="outboxentry_tenant_policy",
        ),
        migrations.AddConstraint(
            model_name="outboxentry",
            constraint=config.tenancy.constraints.TenantPolicy(
                column="tenant_id",
                identity="INSERT",
                name="outboxentry_tenant_policy",
                rights="SELECT, INSERT",
                support="SELECT, INSERT, UPDATE, DELETE",
            ),
        ),
    ]
