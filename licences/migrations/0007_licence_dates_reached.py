import django.db.models.deletion
from django.db import migrations, models

import config.tenancy.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0006_use_and_holds"),
    ]

    operations = [
        migrations.CreateModel(
            name="LicenceDateReached",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "milestone",
                    models.CharField(
                        choices=[
                            ("warning", "The warning date"),
                            ("30", "30 days before expiry"),
                            ("14", "14 days before expiry"),
                            ("7", "7 days before expiry"),
                            ("1", "1 day before expiry"),
                        ],
                        max_length=10,
                        verbose_name="milestone",
                    ),
                ),
                ("due_on", models.DateField(verbose_name="due")),
                ("expires_on", models.DateField(verbose_name="expires on")),
                ("noted_at", models.DateTimeField(verbose_name="noted")),
                (
                    "licence_set",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="licences.licenceset",
                        verbose_name="licence set",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="licences.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "licence date reached",
                "verbose_name_plural": "licence dates reached",
                "ordering": ["-due_on", "-id"],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="licencedatereached_tenant_policy",
                        rights="SELECT, INSERT",
                        support="SELECT, INSERT",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="licence_set", name="licencedatereached_set_of_tenant", on_delete="NO ACTION"
                    ),
                    models.UniqueConstraint(
                        fields=("tenant", "licence_set", "milestone"), name="licencedatereached_once"
                    ),
                ],
            },
        ),
    ]
