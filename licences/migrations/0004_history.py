import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import config.tenancy.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0003_users_leave_and_are_last_seen"),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoryEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveBigIntegerField(verbose_name="number")),
                ("at", models.DateTimeField(verbose_name="when")),
                ("by_name", models.CharField(max_length=200, verbose_name="who")),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("seat_assigned", "Seat assigned"),
                            ("seat_released", "Seat released"),
                            ("login_switched", "Can log in switched"),
                            ("left", "Marked as former employee"),
                            ("returned", "Back from former employee"),
                            ("set_received", "Licence set received"),
                            ("set_activated", "Licence set activated"),
                            ("set_removed", "Licences of an owner removed"),
                            ("token_made", "API token made"),
                            ("token_revoked", "API token revoked"),
                        ],
                        max_length=20,
                        verbose_name="what",
                    ),
                ),
                ("subject", models.CharField(max_length=400, verbose_name="of")),
                ("before", models.JSONField(default=dict, verbose_name="before")),
                ("after", models.JSONField(default=dict, verbose_name="after")),
                ("why", models.CharField(blank=True, max_length=300, verbose_name="why")),
                ("hash", models.CharField(max_length=64, verbose_name="hash")),
                (
                    "by",
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
                    "licence",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="licences.licence",
                        verbose_name="licence",
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
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "history entry",
                "verbose_name_plural": "history entries",
                "ordering": ["-number"],
                "indexes": [
                    models.Index(fields=["tenant", "user", "-number"], name="historyentry_of_user"),
                    models.Index(fields=["tenant", "licence", "-number"], name="historyentry_of_licence"),
                ],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="historyentry_tenant_policy",
                        rights="SELECT, INSERT",
                        support="SELECT, INSERT",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="by", name="historyentry_by_of_tenant", on_delete="NO ACTION"
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="user", name="historyentry_user_of_tenant", on_delete="NO ACTION"
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="licence", name="historyentry_licence_of_tenant", on_delete="NO ACTION"
                    ),
                    models.UniqueConstraint(fields=("tenant", "number"), name="historyentry_number_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoryHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("length", models.PositiveBigIntegerField(default=0, verbose_name="length")),
                ("hash", models.CharField(blank=True, max_length=64, verbose_name="hash")),
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
                "verbose_name": "end of the history",
                "verbose_name_plural": "ends of histories",
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="historyhead_tenant_policy",
                        rights="SELECT, INSERT, UPDATE",
                        support="SELECT, INSERT, UPDATE",
                    ),
                    models.UniqueConstraint(fields=("tenant",), name="historyhead_once_per_tenant"),
                ],
            },
        ),
    ]
