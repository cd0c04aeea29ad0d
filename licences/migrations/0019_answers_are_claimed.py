from django.db import migrations

import config.tenancy.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0018_new_facts_are_found"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="apianswer",
            name="apianswer_tenant_policy",
        ),
        migrations.AddConstraint(
            model_name="apianswer",
            constraint=config.tenancy.constraints.TenantPolicy(
                column="tenant_id",
                identity="",
                name="apianswer_tenant_policy",
                rights="SELECT, INSERT, UPDATE (status, answer)",
                support="SELECT, INSERT, DELETE",
            ),
        ),
    ]
