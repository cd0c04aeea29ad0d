import django.db.models.constraints
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import config.tenancy.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ServerAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("ok", "Your licence is up to date."),
                            ("new_licence_available", "A new licence is available."),
                            ("new_company_name_available", "The licence server has a new company name for you."),
                            ("new_serial_available", "The licence server has a new serial number for you."),
                            ("custom_message", "The licence server has a message for you."),
                            ("custom_message_and_url", "The licence server has a message for you."),
                            ("new_licence_activated", "New licence activated"),
                            ("problem_with_licence", "The licence server reports a problem with your licence."),
                            ("unknown_error", "The licence server could not be asked."),
                        ],
                        max_length=30,
                        verbose_name="status",
                    ),
                ),
                ("message", models.CharField(blank=True, max_length=300, verbose_name="message")),
                ("url", models.URLField(blank=True, verbose_name="link")),
                ("asked_at", models.DateTimeField(verbose_name="asked")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="licences.licenceowner",
                        verbose_name="owner",
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
                "verbose_name": "answer of a licence server",
                "verbose_name_plural": "answers of licence servers",
                "ordering": ["-asked_at"],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="serveranswer_tenant_policy",
                        rights="SELECT, INSERT, UPDATE, DELETE",
                        support="SELECT, INSERT, UPDATE, DELETE",
                    ),
                    models.UniqueConstraint(fields=("tenant", "owner"), name="serveranswer_last_one_per_owner"),
                ],
            },
        ),
        migrations.AlterModelOptions(
            name="licenceset",
            options={
                "ordering": ["owner", "-issue_number"],
                "verbose_name": "licence set",
                "verbose_name_plural": "licence sets",
            },
        ),
        migrations.RemoveConstraint(
            model_name="licence",
            name="licence_type_once_per_set",
        ),
        migrations.RemoveConstraint(
            model_name="tenant",
            name="tenant_policy",
        ),
        migrations.AddField(
            model_name="licenceset",
            name="activated_by_itself",
            field=models.BooleanField(default=False, verbose_name="activated by itself"),
        ),
        migrations.AddField(
            model_name="licenceset",
            name="issue_number",
            field=models.PositiveIntegerField(default=1, verbose_name="issue number"),
        ),
        migrations.AddField(
            model_name="licenceset",
            name="origin",
            field=models.CharField(
                choices=[
                    ("issued", "Issued by support"),
                    ("fetched", "Fetched from the licence server"),
                    ("file", "Loaded from a file"),
                ],
                default="issued",
                max_length=10,
                verbose_name="origin",
            ),
        ),
        migrations.AddField(
            model_name="licenceset",
            name="received_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="received"),
        ),
        migrations.AddField(
            model_name="licenceset",
            name="suite_plan",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="licences.suiteplan",
                verbose_name="plan",
            ),
        ),
        migrations.AlterField(
            model_name="licenceset",
            name="activated_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="activated"),
        ),
        migrations.AlterField(
            model_name="licenceset",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "Waiting to be activated"),
                    ("active", "Active"),
                    ("superseded", "Superseded"),
                    ("discarded", "Replaced before it was activated"),
                    ("removed", "Removed"),
                ],
                default="active",
                max_length=12,
                verbose_name="state",
            ),
        ),
        migrations.AddConstraint(
            model_name="licence",
            constraint=models.UniqueConstraint(
                deferrable=django.db.models.constraints.Deferrable["IMMEDIATE"],
                fields=("tenant", "licence_set", "type"),
                name="licence_type_once_per_set",
            ),
        ),
        migrations.AddConstraint(
            model_name="licenceset",
            constraint=models.UniqueConstraint(
                fields=("tenant", "owner", "issue_number"), name="licenceset_issue_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="licenceset",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "pending")),
                fields=("tenant", "owner"),
                name="licenceset_one_pending_per_owner",
            ),
        ),
        migrations.AddConstraint(
            model_name="licenceset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("activated_at__isnull", True), ("state__in", ["pending", "discarded"])),
                    models.Q(("activated_at__isnull", False), ("state__in", ["active", "superseded", "removed"])),
                    _connector="OR",
                ),
                name="licenceset_activated_unless_it_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="tenant",
            constraint=config.tenancy.constraints.TenantPolicy(
                column="id",
                identity="SELECT",
                name="tenant_policy",
                rights="SELECT, UPDATE (suite_plan_id)",
                support="SELECT, INSERT, UPDATE, DELETE",
            ),
        ),
    ]
