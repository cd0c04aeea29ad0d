import django.db.models.deletion
from django.db import migrations, models

import config.tenancy.constraints
import licences.models.tenants


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0012_customer_requests"),
    ]

    operations = [
        migrations.CreateModel(
            name="BusinessCalendar",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, verbose_name="code")),
                ("version", models.PositiveSmallIntegerField(default=1, verbose_name="version")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "time_zone",
                    models.CharField(
                        max_length=60, validators=[licences.models.tenants.check_time_zone], verbose_name="time zone"
                    ),
                ),
                ("week", models.JSONField(verbose_name="week")),
            ],
            options={
                "verbose_name": "business calendar",
                "verbose_name_plural": "business calendars",
                "ordering": ["code", "-version"],
                "constraints": [
                    models.UniqueConstraint(fields=("code", "version"), name="businesscalendar_version_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ServicePolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, verbose_name="code")),
                ("version", models.PositiveSmallIntegerField(default=1, verbose_name="version")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "day_minutes",
                    models.PositiveSmallIntegerField(default=480, verbose_name="minutes of a business day"),
                ),
                ("valid_from_on", models.DateField(verbose_name="valid from")),
                (
                    "goal_percent",
                    models.PositiveSmallIntegerField(default=90, verbose_name="to be met in more than (percent)"),
                ),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="licences.businesscalendar",
                        verbose_name="calendar",
                    ),
                ),
            ],
            options={
                "verbose_name": "service policy",
                "verbose_name_plural": "service policies",
                "ordering": ["code", "-version"],
                "constraints": [models.UniqueConstraint(fields=("code", "version"), name="servicepolicy_version_once")],
            },
        ),
        migrations.CreateModel(
            name="ServiceClock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "metric",
                    models.CharField(
                        choices=[("response", "First answer"), ("solution", "Solution")],
                        max_length=10,
                        verbose_name="metric",
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("target_minutes", models.PositiveIntegerField(verbose_name="target in minutes")),
                (
                    "around_the_clock",
                    models.BooleanField(default=False, verbose_name="around the clock on business days"),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="due")),
                ("paused_at", models.DateTimeField(blank=True, null=True, verbose_name="paused since")),
                (
                    "left_minutes",
                    models.IntegerField(blank=True, null=True, verbose_name="minutes left when paused or stopped"),
                ),
                ("stopped_at", models.DateTimeField(blank=True, null=True, verbose_name="stopped")),
                ("is_met", models.BooleanField(blank=True, null=True, verbose_name="met")),
                (
                    "request",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="clocks",
                        to="licences.customerrequest",
                        verbose_name="request",
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
                    "calendar",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="licences.businesscalendar",
                        verbose_name="calendar",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="licences.servicepolicy",
                        verbose_name="policy",
                    ),
                ),
            ],
            options={
                "verbose_name": "service clock",
                "verbose_name_plural": "service clocks",
                "ordering": ["due_at", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("stopped_at__isnull", True)), fields=["due_at"], name="serviceclock_running"
                    )
                ],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="serviceclock_tenant_policy",
                        rights="SELECT, INSERT, UPDATE, DELETE",
                        support="SELECT, INSERT, UPDATE, DELETE",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="request", name="serviceclock_request_of_tenant", on_delete="NO ACTION"
                    ),
                    models.UniqueConstraint(fields=("tenant", "id"), name="serviceclock_tenant_id"),
                    models.UniqueConstraint(fields=("tenant", "request", "metric"), name="serviceclock_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_met__isnull", True), ("stopped_at__isnull", True)),
                            models.Q(
                                ("is_met__isnull", False), ("paused_at__isnull", True), ("stopped_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="serviceclock_met_or_not_exactly_when_stopped",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("paused_at__isnull", True), ("due_at__isnull", True), _connector="OR"),
                        name="serviceclock_not_due_while_paused",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ServiceTarget",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "urgency",
                    models.CharField(
                        choices=[("high", "High"), ("middle", "Middle"), ("low", "Low")],
                        max_length=10,
                        verbose_name="urgency",
                    ),
                ),
                (
                    "metric",
                    models.CharField(
                        choices=[("response", "First answer"), ("solution", "Solution")],
                        max_length=10,
                        verbose_name="metric",
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("business_minutes", "business minutes"),
                            ("business_days", "business days"),
                            ("business_day_hours", "hours of business days, around the clock"),
                        ],
                        max_length=20,
                        verbose_name="unit",
                    ),
                ),
                ("amount", models.PositiveIntegerField(verbose_name="amount")),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="targets",
                        to="licences.servicepolicy",
                        verbose_name="policy",
                    ),
                ),
            ],
            options={
                "verbose_name": "service target",
                "verbose_name_plural": "service targets",
                "ordering": ["policy", "urgency", "metric"],
                "constraints": [
                    models.UniqueConstraint(fields=("policy", "urgency", "metric"), name="servicetarget_once"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="servicetarget_takes_some_time"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SupportBudget",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(verbose_name="month")),
                ("users", models.PositiveIntegerField(verbose_name="users")),
                ("minutes", models.PositiveIntegerField(verbose_name="minutes")),
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
                "verbose_name": "support budget",
                "verbose_name_plural": "support budgets",
                "ordering": ["-month"],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="supportbudget_tenant_policy",
                        rights="SELECT, INSERT",
                        support="SELECT, INSERT",
                    ),
                    models.UniqueConstraint(fields=("tenant", "month"), name="supportbudget_once_a_month"),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="supportbudget_month_begins_on_its_first"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SupportTime",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("minutes", models.PositiveIntegerField(verbose_name="minutes")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("by_name", models.CharField(max_length=200, verbose_name="by")),
                (
                    "request",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="licences.customerrequest",
                        verbose_name="request",
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
                "verbose_name": "support time",
                "verbose_name_plural": "support times",
                "ordering": ["-at", "-id"],
                "indexes": [models.Index(fields=["tenant", "at"], name="supporttime_of_month")],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="supporttime_tenant_policy",
                        rights="SELECT, INSERT",
                        support="SELECT, INSERT",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="request", name="supporttime_request_of_tenant", on_delete="NO ACTION"
                    ),
                    models.CheckConstraint(condition=models.Q(("minutes__gt", 0)), name="supporttime_of_something"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="day")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("intervals", models.JSONField(blank=True, default=list, verbose_name="open")),
                ("source", models.CharField(max_length=200, verbose_name="source")),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="days",
                        to="licences.businesscalendar",
                        verbose_name="calendar",
                    ),
                ),
            ],
            options={
                "verbose_name": "special day",
                "verbose_name_plural": "special days",
                "ordering": ["day"],
                "constraints": [models.UniqueConstraint(fields=("calendar", "day"), name="calendarday_once")],
            },
        ),
        migrations.CreateModel(
            name="DeadlineFact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("near", "Near the deadline"), ("breached", "Past the deadline")],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("at", models.DateTimeField(verbose_name="noted")),
                ("by_reclassifying", models.BooleanField(default=False, verbose_name="by another urgency")),
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
                    "clock",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="licences.serviceclock",
                        verbose_name="clock",
                    ),
                ),
            ],
            options={
                "verbose_name": "deadline fact",
                "verbose_name_plural": "deadline facts",
                "ordering": ["-at", "-id"],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="deadlinefact_tenant_policy",
                        rights="SELECT, INSERT",
                        support="SELECT, INSERT",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="clock", name="deadlinefact_clock_of_tenant", on_delete="NO ACTION"
                    ),
                    models.UniqueConstraint(fields=("tenant", "clock", "kind"), name="deadlinefact_once"),
                ],
            },
        ),
    ]
