import config.tenancy.constraints
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0009_login_holds"),
        ("notifications", "0006_search"),
    ]

    operations = [
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
