import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import config.tenancy.constraints


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("licences", "0001_initial"),
        ("licences", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="SystemEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(default="console", max_length=200, verbose_name="source")),
                ("key", models.CharField(max_length=254, verbose_name="key")),
                ("run", models.CharField(default="1", max_length=100, verbose_name="run")),
                ("name", models.CharField(max_length=200, verbose_name="event")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("percent", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="percent")),
                ("done", models.PositiveBigIntegerField(blank=True, null=True, verbose_name="rows done")),
                ("total", models.PositiveBigIntegerField(blank=True, null=True, verbose_name="rows in all")),
                ("message", models.CharField(blank=True, max_length=254, verbose_name="message")),
                ("description", models.TextField(blank=True, verbose_name="description")),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("system", "Whole system"),
                            ("database", "Database"),
                            ("group", "Group"),
                            ("user", "User"),
                        ],
                        default="system",
                        max_length=10,
                        verbose_name="type",
                    ),
                ),
                ("owner", models.CharField(blank=True, max_length=100, verbose_name="applies to")),
                ("activated_at", models.DateTimeField(verbose_name="activated")),
                ("expected_at", models.DateTimeField(blank=True, null=True, verbose_name="expected end")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                ("heartbeat_at", models.DateTimeField(verbose_name="last sign of life")),
                (
                    "activated_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="activated by",
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
                "verbose_name": "system event",
                "verbose_name_plural": "system events",
                "ordering": ["-activated_at", "-id"],
                "indexes": [models.Index(fields=["tenant", "-activated_at", "-id"], name="systemevent_newest")],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="systemevent_tenant_policy",
                        rights="SELECT, INSERT, UPDATE, DELETE",
                        support="SELECT, INSERT, UPDATE, DELETE",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="activated_by", name="systemevent_activated_by_of_tenant", on_delete="NO ACTION"
                    ),
                    models.UniqueConstraint(fields=("tenant", "id"), name="systemevent_tenant_id"),
                    models.UniqueConstraint(fields=("tenant", "source", "key", "run"), name="systemevent_run_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["queued", "running"])),
                        fields=("tenant", "key", "scope", "owner"),
                        name="systemevent_one_active",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("percent__lte", 100)), name="systemevent_percent_up_to_100"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("done__lte", models.F("total"))), name="systemevent_done_within_total"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at__isnull", True), ("status__in", ["queued", "running"])),
                            models.Q(
                                models.Q(("status__in", ["queued", "running"]), _negated=True),
                                ("finished_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="systemevent_finished_exactly_when_ended",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60, verbose_name="kind")),
                ("cursor", models.BigIntegerField(default=0, verbose_name="cursor")),
                ("token", models.PositiveBigIntegerField(default=0, verbose_name="fencing token")),
                ("lease_until", models.DateTimeField(blank=True, null=True, verbose_name="leased until")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="licences.tenant",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="notifications.systemevent",
                    ),
                ),
            ],
            options={
                "verbose_name": "job",
                "verbose_name_plural": "jobs",
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)), fields=["lease_until"], name="job_not_ended"
                    )
                ],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="job_tenant_policy",
                        rights="SELECT, INSERT, UPDATE, DELETE",
                        support="SELECT, INSERT, UPDATE, DELETE",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="event", name="job_event_of_tenant", on_delete="CASCADE"
                    ),
                    models.UniqueConstraint(fields=("tenant", "event"), name="job_once_per_event"),
                ],
            },
        ),
    ]
