import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import config.tenancy.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0011_restrictions_are_counted"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("upgrade", "Upgrade"), ("support", "Support")], max_length=10, verbose_name="kind"
                    ),
                ),
                (
                    "wants",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("limit", "More capacity"),
                            ("plan", "A bigger plan"),
                            ("seats", "More seats"),
                            ("add_on", "An add-on"),
                        ],
                        max_length=10,
                        verbose_name="asks for",
                    ),
                ),
                ("quantity", models.PositiveIntegerField(blank=True, null=True, verbose_name="how many")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("description", models.TextField(max_length=4000, verbose_name="why")),
                ("facts", models.JSONField(blank=True, default=dict, verbose_name="facts")),
                ("evidence", models.JSONField(blank=True, default=dict, verbose_name="evidence")),
                ("contact_name", models.CharField(max_length=200, verbose_name="contact")),
                ("contact_email", models.EmailField(max_length=254, verbose_name="e-mail")),
                ("contact_phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("affected_users", models.PositiveIntegerField(verbose_name="users affected")),
                ("all_users", models.PositiveIntegerField(verbose_name="of users")),
                (
                    "urgency",
                    models.CharField(
                        choices=[("high", "High"), ("middle", "Middle"), ("low", "Low")],
                        max_length=10,
                        verbose_name="urgency",
                    ),
                ),
                ("is_security", models.BooleanField(default=False, verbose_name="about security")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("submitted", "Submitted"),
                            ("in_progress", "In progress"),
                            ("waiting", "Waiting for customer"),
                            ("approved", "Approved"),
                            ("declined", "Declined"),
                            ("fulfilled", "Fulfilled"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="submitted",
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                ("state_since", models.DateTimeField(verbose_name="since")),
                ("submitted_at", models.DateTimeField(verbose_name="submitted")),
                ("granted", models.JSONField(blank=True, default=dict, verbose_name="granted")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
                (
                    "add_on",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="licences.addon",
                        verbose_name="add-on",
                    ),
                ),
                (
                    "licence",
                    models.ForeignKey(
                        blank=True,
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
                    "restriction",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="licences.restriction",
                        verbose_name="limit",
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="submitted by",
                    ),
                ),
                (
                    "suite_plan",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="licences.suiteplan",
                        verbose_name="plan",
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="taken by",
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
                "verbose_name": "request",
                "verbose_name_plural": "requests",
                "ordering": ["-submitted_at", "-id"],
                "indexes": [
                    models.Index(fields=["tenant", "-submitted_at"], name="customerrequest_newest"),
                    models.Index(
                        condition=models.Q(("state__in", ("declined", "fulfilled", "withdrawn")), _negated=True),
                        fields=["state_since"],
                        name="customerrequest_open",
                    ),
                ],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="customerrequest_tenant_policy",
                        rights="SELECT, INSERT, UPDATE",
                        support="SELECT, INSERT, UPDATE",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="restriction", name="customerrequest_restriction_of_tenant", on_delete="NO ACTION"
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="licence", name="customerrequest_licence_of_tenant", on_delete="NO ACTION"
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="submitted_by", name="customerrequest_submitted_by_of_tenant", on_delete="NO ACTION"
                    ),
                    models.UniqueConstraint(fields=("tenant", "id"), name="customerrequest_tenant_id"),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("restriction__isnull", False),
                            models.Q(("state__in", ("declined", "fulfilled", "withdrawn")), _negated=True),
                        ),
                        fields=("tenant", "restriction"),
                        name="customerrequest_one_open_per_restriction",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("kind", "support"), ("wants", "")),
                                models.Q(("kind", "upgrade"), models.Q(("wants", ""), _negated=True)),
                                _connector="OR",
                            ),
                            models.Q(
                                models.Q(("restriction__isnull", False), ("wants", "limit")),
                                models.Q(("wants", "limit"), _negated=True),
                                _connector="OR",
                            ),
                            models.Q(
                                models.Q(("suite_plan__isnull", False), ("wants", "plan")),
                                models.Q(("wants", "plan"), _negated=True),
                                _connector="OR",
                            ),
                            models.Q(
                                models.Q(("quantity__gt", 0), ("wants", "seats")),
                                models.Q(("wants", "seats"), _negated=True),
                                _connector="OR",
                            ),
                            models.Q(
                                models.Q(("add_on__isnull", False), ("wants", "add_on")),
                                models.Q(("wants", "add_on"), _negated=True),
                                _connector="OR",
                            ),
                        ),
                        name="customerrequest_names_what_it_wants",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("affected_users__lte", models.F("all_users")), ("all_users__gt", 0)),
                        name="customerrequest_affects_no_more_than_all",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", False), ("state__in", ("declined", "fulfilled", "withdrawn"))
                            ),
                            models.Q(
                                models.Q(("state__in", ("declined", "fulfilled", "withdrawn")), _negated=True),
                                ("closed_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="customerrequest_closed_exactly_when_ended",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RequestEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("submitted", "Submitted"),
                            ("taken", "Taken"),
                            ("answered", "Answered"),
                            ("asked", "Asked the customer"),
                            ("replied", "Customer replied"),
                            ("noted", "Noted"),
                            ("reclassified", "Urgency changed"),
                            ("approved", "Approved"),
                            ("declined", "Declined"),
                            ("fulfilled", "Fulfilled"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=20,
                        verbose_name="what",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
                ("by_name", models.CharField(max_length=200, verbose_name="who")),
                ("is_of_support", models.BooleanField(default=False, verbose_name="of support")),
                ("is_internal", models.BooleanField(default=False, verbose_name="for support alone")),
                ("text", models.TextField(blank=True, max_length=4000, verbose_name="text")),
                ("data", models.JSONField(blank=True, default=dict, verbose_name="data")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
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
                "verbose_name": "event of a request",
                "verbose_name_plural": "events of requests",
                "ordering": ["at", "id"],
                "indexes": [models.Index(fields=["tenant", "request", "at"], name="requestevent_of_request")],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="requestevent_tenant_policy",
                        rights="SELECT, INSERT",
                        support="SELECT, INSERT",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="request", name="requestevent_request_of_tenant", on_delete="NO ACTION"
                    ),
                    models.UniqueConstraint(fields=("tenant", "id"), name="requestevent_tenant_id"),
                    models.CheckConstraint(
                        condition=models.Q(("is_internal", False), ("is_of_support", True), _connector="OR"),
                        name="requestevent_internal_is_of_support",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RequestFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("size_bytes", models.PositiveIntegerField(verbose_name="size")),
                ("content", models.BinaryField(verbose_name="content")),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "request",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
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
                "verbose_name": "file of a request",
                "verbose_name_plural": "files of requests",
                "ordering": ["id"],
                "indexes": [models.Index(fields=["tenant", "request"], name="requestfile_of_request")],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="requestfile_tenant_policy",
                        rights="SELECT, INSERT",
                        support="SELECT, INSERT",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="request", name="requestfile_request_of_tenant", on_delete="NO ACTION"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("size_bytes__lte", 5242880)), name="requestfile_at_most_5_mib"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SupportContact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveSmallIntegerField(verbose_name="place")),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "support contact",
                "verbose_name_plural": "support contacts",
                "ordering": ["place"],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="supportcontact_tenant_policy",
                        rights="SELECT, INSERT, UPDATE, DELETE",
                        support="SELECT, INSERT, UPDATE, DELETE",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="user", name="supportcontact_user_of_tenant", on_delete="NO ACTION"
                    ),
                    models.UniqueConstraint(fields=("tenant", "place"), name="supportcontact_place_once"),
                    models.UniqueConstraint(fields=("tenant", "user"), name="supportcontact_user_once"),
                    models.CheckConstraint(
                        condition=models.Q(("place__in", [1, 2])), name="supportcontact_at_most_two"
                    ),
                ],
            },
        ),
    ]
