import django.db.models.deletion
from django.db import migrations, models

import config.tenancy.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0022_seats_are_found_by_time"),
        ("metering", "0002_usage"),
    ]

    operations = [
        migrations.CreateModel(
            name="UsageDifference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="day")),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="source")),
                ("edition", models.PositiveSmallIntegerField(verbose_name="edition")),
                ("stored", models.DecimalField(decimal_places=6, max_digits=30, null=True, verbose_name="stored")),
                ("stored_events", models.PositiveBigIntegerField(null=True, verbose_name="events stored")),
                ("counted", models.DecimalField(decimal_places=6, max_digits=30, null=True, verbose_name="counted")),
                ("counted_events", models.PositiveBigIntegerField(null=True, verbose_name="events counted")),
                ("found_by", models.CharField(max_length=60, verbose_name="found by")),
                ("found_at", models.DateTimeField(verbose_name="found")),
                (
                    "service",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="metering.meteredservice",
                        verbose_name="service",
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
                "verbose_name": "difference of usage",
                "verbose_name_plural": "differences of usage",
                "ordering": ["-found_at", "-id"],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="usagedifference_tenant_policy",
                        rights="SELECT, INSERT",
                        support="SELECT, INSERT",
                    ),
                    models.UniqueConstraint(
                        fields=(
                            "tenant",
                            "service",
                            "day",
                            "source",
                            "edition",
                            "stored",
                            "stored_events",
                            "counted",
                            "counted_events",
                        ),
                        name="usagedifference_once",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
    ]
