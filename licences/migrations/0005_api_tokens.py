import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import config.tenancy.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0004_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=200, verbose_name="source")),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("events:write", "Report usage events and day totals"),
                                ("events:backfill", "Report usage of the month before last"),
                                ("usage:read", "Read usage, invoices and alerts"),
                                ("restrictions:read", "Read plan limits"),
                                ("restrictions:write", "Use up and report plan limits"),
                                ("licences:read", "Read licences"),
                                ("licences:write", "Report open work and last use"),
                                ("entitlements:read", "Read what users may use"),
                                ("system-events:read", "Read system events"),
                                ("system-events:write", "Report system events"),
                            ],
                            max_length=30,
                        ),
                        verbose_name="scopes",
                    ),
                ),
                ("prefix", models.CharField(max_length=12, verbose_name="begins with")),
                ("hash", models.CharField(max_length=64, unique=True, verbose_name="hash")),
                ("made_at", models.DateTimeField(verbose_name="made")),
                ("made_by_name", models.CharField(max_length=200, verbose_name="made by")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="expires")),
                ("last_used_at", models.DateTimeField(blank=True, null=True, verbose_name="last used")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked")),
                (
                    "made_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
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
                "verbose_name": "API token",
                "verbose_name_plural": "API tokens",
                "ordering": ["-made_at", "-id"],
                "indexes": [models.Index(fields=["tenant", "-made_at"], name="apitoken_newest")],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="SELECT",
                        name="apitoken_tenant_policy",
                        rights="SELECT, INSERT, UPDATE (last_used_at, revoked_at)",
                        support="SELECT, INSERT, UPDATE (last_used_at, revoked_at)",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="made_by", name="apitoken_made_by_of_tenant", on_delete="NO ACTION"
                    ),
                    models.CheckConstraint(condition=models.Q(("scopes__len__gte", 1)), name="apitoken_has_a_scope"),
                    models.CheckConstraint(condition=models.Q(("source__regex", "\\S")), name="apitoken_has_a_source"),
                ],
            },
        ),
    ]
