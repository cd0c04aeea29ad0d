import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import config.tenancy.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0009_login_holds"),
        ("licences", "__first__"),
        ("notifications", "0002_events_are_followed"),
    ]

    operations = [
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20, verbose_name="kind")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "Uploaded"),
                            ("reading", "Being read"),
                            ("read", "Read"),
                            ("checking", "Being checked"),
                            ("checked", "Checked"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("stopped", "Stopped"),
                            ("undoing", "Being undone"),
                            ("undone", "Undone"),
                            ("refused", "Cannot be read"),
                        ],
                        default="uploaded",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("file_name", models.CharField(max_length=200, verbose_name="file")),
                ("size_bytes", models.PositiveBigIntegerField(verbose_name="size in bytes")),
                ("encoding", models.CharField(blank=True, max_length=40, verbose_name="encoding")),
                ("delimiter", models.CharField(blank=True, max_length=1, verbose_name="delimiter")),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), default=list, verbose_name="columns"
                    ),
                ),
                ("rows", models.PositiveBigIntegerField(default=0, verbose_name="rows")),
                ("mapping", models.JSONField(default=dict, verbose_name="mapping")),
                ("match_by", models.CharField(blank=True, max_length=20, verbose_name="recognised by")),
                (
                    "duplicates",
                    models.CharField(
                        choices=[
                            ("add", "Report it: only add new ones"),
                            ("merge", "Merge: fill in what is empty"),
                            ("replace", "Replace: the file wins"),
                            ("skip", "Skip the row"),
                        ],
                        default="skip",
                        max_length=10,
                        verbose_name="duplicates",
                    ),
                ),
                ("counts", models.JSONField(default=dict, verbose_name="counts")),
                ("message", models.CharField(blank=True, max_length=254, verbose_name="message")),
                ("created_at", models.DateTimeField(verbose_name="uploaded")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                ("forgotten_at", models.DateTimeField(blank=True, null=True, verbose_name="file forgotten")),
                (
                    "created_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="notifications.systemevent",
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
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "ordering": ["-created_at", "-id"],
                "indexes": [
                    models.Index(fields=["tenant", "-created_at"], name="import_newest"),
                    models.Index(
                        condition=models.Q(("forgotten_at__isnull", True)), fields=["created_at"], name="import_kept"
                    ),
                ],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="import_tenant_policy",
                        rights="SELECT, INSERT, UPDATE, DELETE",
                        support="SELECT, INSERT, UPDATE, DELETE",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="event", name="import_event_of_tenant", on_delete="NO ACTION"
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="created_by", name="import_created_by_of_tenant", on_delete="NO ACTION"
                    ),
                    models.UniqueConstraint(fields=("tenant", "id"), name="import_tenant_id"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("first_line", models.PositiveBigIntegerField(verbose_name="first line")),
                ("size", models.PositiveIntegerField(verbose_name="rows")),
                ("rows", models.BinaryField(verbose_name="rows")),
                ("checked", models.BinaryField(null=True, verbose_name="faults found by the check")),
                ("faults", models.BinaryField(null=True, verbose_name="faults found by the run")),
                ("undo", models.BinaryField(null=True, verbose_name="way back")),
                (
                    "of_import",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="notifications.import",
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
                "verbose_name": "batch of rows",
                "verbose_name_plural": "batches of rows",
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="importbatch_tenant_policy",
                        rights="SELECT, INSERT, UPDATE, DELETE",
                        support="SELECT, INSERT, UPDATE, DELETE",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="of_import", name="importbatch_import_of_tenant", on_delete="CASCADE"
                    ),
                    models.UniqueConstraint(fields=("tenant", "of_import", "number"), name="importbatch_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20, verbose_name="kind")),
                ("headings", models.CharField(max_length=64, verbose_name="fingerprint of the headings")),
                ("mapping", models.JSONField(verbose_name="mapping")),
                ("match_by", models.CharField(max_length=20, verbose_name="recognised by")),
                (
                    "duplicates",
                    models.CharField(
                        choices=[
                            ("add", "Report it: only add new ones"),
                            ("merge", "Merge: fill in what is empty"),
                            ("replace", "Replace: the file wins"),
                            ("skip", "Skip the row"),
                        ],
                        max_length=10,
                        verbose_name="duplicates",
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
                "verbose_name": "remembered mapping",
                "verbose_name_plural": "remembered mappings",
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="importmapping_tenant_policy",
                        rights="SELECT, INSERT, UPDATE, DELETE",
                        support="SELECT, INSERT, UPDATE, DELETE",
                    ),
                    models.UniqueConstraint(fields=("tenant", "kind", "headings"), name="importmapping_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportPiece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("data", models.BinaryField(verbose_name="data")),
                (
                    "of_import",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="notifications.import",
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
                "verbose_name": "piece of a file",
                "verbose_name_plural": "pieces of files",
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="importpiece_tenant_policy",
                        rights="SELECT, INSERT, DELETE",
                        support="SELECT, INSERT, DELETE",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="of_import", name="importpiece_import_of_tenant", on_delete="CASCADE"
                    ),
                    models.UniqueConstraint(fields=("tenant", "of_import", "number"), name="importpiece_once"),
                ],
            },
        ),
    ]
