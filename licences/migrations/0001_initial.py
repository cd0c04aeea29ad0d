import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import config.tenancy.constraints
import licences.models.tenants


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="RestrictionType",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=60, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("unit_singular", models.CharField(max_length=100, verbose_name="unit, one")),
                ("unit_plural", models.CharField(max_length=100, verbose_name="unit, many")),
                ("counts", models.TextField(verbose_name="what is counted")),
                ("free_capacity", models.TextField(verbose_name="how to free capacity")),
                ("sort_order", models.PositiveSmallIntegerField(unique=True, verbose_name="sort order")),
            ],
            options={
                "verbose_name": "restriction type",
                "verbose_name_plural": "restriction types",
                "ordering": ["sort_order"],
            },
        ),
        migrations.CreateModel(
            name="LicenceOwner",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=60, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("is_vendor", models.BooleanField(default=False, verbose_name="is the vendor")),
                ("shop_url", models.URLField(blank=True, verbose_name="shop")),
                ("description", models.TextField(blank=True, verbose_name="description")),
            ],
            options={
                "verbose_name": "licence owner",
                "verbose_name_plural": "licence owners",
                "ordering": ["-is_vendor", "name"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("is_vendor"), condition=models.Q(("is_vendor", True)), name="licenceowner_one_vendor"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LicenceType",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=100, verbose_name="code")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[("system", "System licence"), ("site", "Site licence"), ("user", "User licence")],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("feature", "Feature"), ("plan", "Plan"), ("tier_marker", "Tier marker")],
                        default="feature",
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                ("tooltip", models.CharField(max_length=300, verbose_name="in short")),
                ("enables", models.TextField(verbose_name="what it enables")),
                ("sort_order", models.PositiveIntegerField(verbose_name="sort order")),
                ("hidden", models.BooleanField(default=False, verbose_name="hidden")),
                ("unrestricted", models.BooleanField(default=False, verbose_name="unrestricted")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="types",
                        to="licences.licenceowner",
                        verbose_name="owner",
                    ),
                ),
                (
                    "prerequisite",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="licences.licencetype",
                        verbose_name="needs",
                    ),
                ),
            ],
            options={
                "verbose_name": "licence type",
                "verbose_name_plural": "licence types",
                "ordering": ["owner", "sort_order"],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "code"), name="licencetype_code_once_per_owner"),
                    models.UniqueConstraint(
                        fields=("owner", "sort_order"), name="licencetype_sort_order_once_per_owner"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AddOn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=60, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("description", models.TextField(verbose_name="description")),
                (
                    "brings",
                    models.ManyToManyField(related_name="add_ons", to="licences.licencetype", verbose_name="brings"),
                ),
            ],
            options={
                "verbose_name": "add-on",
                "verbose_name_plural": "add-ons",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="PlanInclusion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tier", models.PositiveSmallIntegerField(verbose_name="tier")),
                (
                    "feature",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="included_in",
                        to="licences.licencetype",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="inclusions",
                        to="licences.licencetype",
                    ),
                ),
            ],
            options={
                "verbose_name": "plan inclusion",
                "verbose_name_plural": "plan inclusions",
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "tier", "feature"), name="planinclusion_feature_once"),
                    models.CheckConstraint(
                        condition=models.Q(("tier__in", [1, 2])), name="planinclusion_tier_is_1_or_2"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("plan", models.F("feature")), _negated=True),
                        name="planinclusion_not_itself",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SuitePlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=20, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("rank", models.PositiveSmallIntegerField(unique=True, verbose_name="rank")),
                ("description", models.TextField(verbose_name="description")),
                (
                    "brings",
                    models.ManyToManyField(
                        related_name="suite_plans", to="licences.licencetype", verbose_name="brings"
                    ),
                ),
                (
                    "seat_licence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="licences.licencetype"
                    ),
                ),
                (
                    "system_licence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="licences.licencetype"
                    ),
                ),
            ],
            options={
                "verbose_name": "CRM Suite plan",
                "verbose_name_plural": "CRM Suite plans",
                "ordering": ["rank"],
            },
        ),
        migrations.CreateModel(
            name="PlanLimit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("limit", models.PositiveIntegerField(blank=True, null=True, verbose_name="limit")),
                (
                    "restriction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="limits",
                        to="licences.restrictiontype",
                    ),
                ),
                (
                    "suite_plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="limits", to="licences.suiteplan"
                    ),
                ),
            ],
            options={
                "verbose_name": "plan limit",
                "verbose_name_plural": "plan limits",
                "constraints": [
                    models.UniqueConstraint(fields=("suite_plan", "restriction"), name="planlimit_once_per_plan")
                ],
            },
        ),
        migrations.CreateModel(
            name="Tenant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company_name", models.CharField(max_length=200, verbose_name="company name")),
                ("serial_number", models.CharField(max_length=10, unique=True, verbose_name="serial number")),
                (
                    "subscription",
                    models.CharField(
                        choices=[("module_based", "Module-based"), ("crm_suite", "CRM Suite")],
                        max_length=20,
                        verbose_name="subscription",
                    ),
                ),
                ("database_type", models.CharField(max_length=100, verbose_name="database type")),
                ("product_version", models.CharField(max_length=100, verbose_name="powered by")),
                (
                    "feature_labs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        verbose_name="feature labs",
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        default="Europe/Oslo",
                        max_length=60,
                        validators=[licences.models.tenants.check_time_zone],
                        verbose_name="time zone",
                    ),
                ),
                ("language", models.CharField(default="en-gb", max_length=10, verbose_name="language")),
                ("currency", models.CharField(default="EUR", max_length=3, verbose_name="currency")),
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
            ],
            options={
                "verbose_name": "tenant",
                "verbose_name_plural": "tenants",
                "ordering": ["serial_number"],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="id",
                        identity="SELECT",
                        name="tenant_policy",
                        rights="SELECT",
                        support="SELECT, INSERT, UPDATE, DELETE",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("serial_number__regex", "^[0-9]{10}$")),
                        name="tenant_serial_number_is_ten_digits",
                        violation_error_message="A serial number is ten digits.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("subscription", "crm_suite"), ("suite_plan__isnull", False)),
                            models.Q(("subscription", "module_based"), ("suite_plan__isnull", True)),
                            _connector="OR",
                        ),
                        name="tenant_plan_exactly_on_suite",
                        violation_error_message="A CRM Suite subscription has a plan, a module-based one has none.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LicenceSet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Active"), ("superseded", "Superseded")],
                        default="active",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("version", models.CharField(blank=True, max_length=20, verbose_name="version")),
                ("warn_from_on", models.DateField(blank=True, null=True, verbose_name="warn from")),
                ("expires_on", models.DateField(blank=True, null=True, verbose_name="expires on")),
                ("grace_until_on", models.DateField(blank=True, null=True, verbose_name="grace until")),
                ("maintenance_until_on", models.DateField(blank=True, null=True, verbose_name="maintenance until")),
                ("activated_at", models.DateTimeField(verbose_name="activated")),
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
                "verbose_name": "licence set",
                "verbose_name_plural": "licence sets",
                "ordering": ["owner", "-activated_at"],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="licenceset_tenant_policy",
                        rights="SELECT, INSERT, UPDATE, DELETE",
                        support="SELECT, INSERT, UPDATE, DELETE",
                    ),
                    models.UniqueConstraint(fields=("tenant", "id"), name="licenceset_tenant_id"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "active")),
                        fields=("tenant", "owner"),
                        name="licenceset_one_active_per_owner",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("expires_on__isnull", True),
                                ("grace_until_on__isnull", True),
                                ("warn_from_on__isnull", True),
                            ),
                            models.Q(
                                ("expires_on__isnull", False),
                                ("grace_until_on__gte", models.F("expires_on")),
                                ("grace_until_on__isnull", False),
                                ("warn_from_on__isnull", False),
                                ("warn_from_on__lte", models.F("expires_on")),
                            ),
                            _connector="OR",
                        ),
                        name="licenceset_warning_expiry_grace_in_order",
                        violation_error_message="Warning, expiry and grace follow one another; none or all are set.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Licence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("tier", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="tier")),
                ("total", models.PositiveIntegerField(verbose_name="total")),
                ("in_use", models.PositiveIntegerField(default=0, verbose_name="in use")),
                ("unrestricted", models.BooleanField(default=False, verbose_name="unrestricted")),
                (
                    "licence_set",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="licences",
                        to="licences.licenceset",
                    ),
                ),
                (
                    "type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="licences.licencetype",
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
            ],
            options={
                "verbose_name": "licence",
                "verbose_name_plural": "licences",
                "ordering": ["licence_set", "type__sort_order"],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="licence_tenant_policy",
                        rights="SELECT, INSERT, UPDATE, DELETE",
                        support="SELECT, INSERT, UPDATE, DELETE",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="licence_set", name="licence_set_of_tenant", on_delete="NO ACTION"
                    ),
                    models.UniqueConstraint(fields=("tenant", "id"), name="licence_tenant_id"),
                    models.UniqueConstraint(fields=("tenant", "licence_set", "type"), name="licence_type_once_per_set"),
                    models.CheckConstraint(condition=models.Q(("total__gte", 1)), name="licence_total_at_least_one"),
                    models.CheckConstraint(
                        condition=models.Q(("unrestricted", True), ("in_use__lte", models.F("total")), _connector="OR"),
                        name="licence_in_use_within_total",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Restriction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("used", models.PositiveIntegerField(default=0, verbose_name="used")),
                (
                    "authority",
                    models.CharField(
                        choices=[("console", "counted here"), ("product", "reported by the product")],
                        max_length=10,
                        verbose_name="authority",
                    ),
                ),
                ("as_of", models.DateTimeField(verbose_name="as of")),
                (
                    "type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="licences.restrictiontype",
                        verbose_name="restriction",
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
                "verbose_name": "restriction",
                "verbose_name_plural": "restrictions",
                "ordering": ["type__sort_order"],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="restriction_tenant_policy",
                        rights="SELECT, INSERT, UPDATE, DELETE",
                        support="SELECT, INSERT, UPDATE, DELETE",
                    ),
                    models.UniqueConstraint(fields=("tenant", "type"), name="restriction_once_per_tenant"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SupportVisit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("login_id", models.CharField(max_length=100, verbose_name="support staff")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="started")),
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
                "verbose_name": "support visit",
                "verbose_name_plural": "support visits",
                "ordering": ["-started_at", "-id"],
                "indexes": [models.Index(fields=["tenant", "-started_at"], name="supportvisit_newest")],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="supportvisit_tenant_policy",
                        rights="SELECT",
                        support="SELECT, INSERT",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason__regex", "\\S")), name="supportvisit_has_a_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CounterDifference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("counter", models.CharField(max_length=60, verbose_name="counter")),
                ("subject", models.CharField(max_length=200, verbose_name="of")),
                ("stored", models.BigIntegerField(verbose_name="stored")),
                ("counted", models.BigIntegerField(verbose_name="counted")),
                ("recount", models.CharField(max_length=100, verbose_name="found by")),
                ("found_at", models.DateTimeField(verbose_name="found")),
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
                "verbose_name": "counter difference",
                "verbose_name_plural": "counter differences",
                "ordering": ["-found_at", "-id"],
                "indexes": [models.Index(fields=["tenant", "recount"], name="counterdifference_by_recount")],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="counterdifference_tenant_policy",
                        rights="SELECT, INSERT",
                        support="SELECT, INSERT",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UserGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
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
                "verbose_name": "user group",
                "verbose_name_plural": "user groups",
                "ordering": ["name"],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="usergroup_tenant_policy",
                        rights="SELECT, INSERT, UPDATE, DELETE",
                        support="SELECT, INSERT, UPDATE, DELETE",
                    ),
                    models.UniqueConstraint(fields=("tenant", "id"), name="usergroup_tenant_id"),
                    models.UniqueConstraint(fields=("tenant", "name"), name="usergroup_name_once_per_tenant"),
                ],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("login_id", models.CharField(max_length=100, unique=True, verbose_name="user ID")),
                ("full_name", models.CharField(max_length=200, verbose_name="full name")),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("administrator", "System administrator"),
                            ("member", "User"),
                            ("support", "Support staff"),
                        ],
                        default="member",
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                ("can_log_in", models.BooleanField(default=True, verbose_name="can log in")),
                (
                    "date_joined",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="added"),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="licences.tenant",
                        verbose_name="tenant",
                    ),
                ),
                (
                    "primary_group",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="licences.usergroup",
                        verbose_name="primary group",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "ordering": ["full_name", "id"],
                "indexes": [
                    models.Index(models.F("tenant"), models.F("full_name"), models.F("id"), name="user_by_name"),
                    models.Index(django.db.models.functions.text.Lower("email"), name="user_by_email"),
                ],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="SELECT, UPDATE (password, last_login)",
                        name="user_tenant_policy",
                        rights="SELECT, INSERT, UPDATE, DELETE",
                        support="SELECT, INSERT, UPDATE, DELETE",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="primary_group", name="user_primary_group_of_tenant", on_delete="NO ACTION"
                    ),
                    models.UniqueConstraint(fields=("tenant", "id"), name="user_tenant_id"),
                    models.CheckConstraint(
                        condition=models.Q(("login_id", django.db.models.functions.text.Lower("login_id"))),
                        name="user_login_id_lower_case",
                        violation_error_message="A user ID is written in lower case.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("primary_group__isnull", True), ("role", "support"), ("tenant__isnull", True)),
                            models.Q(models.Q(("role", "support"), _negated=True), ("tenant__isnull", False)),
                            _connector="OR",
                        ),
                        name="user_support_has_no_tenant",
                        violation_error_message="Support staff have no tenant; everybody else has one.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("assigned_at", models.DateTimeField(verbose_name="assigned")),
                ("released_at", models.DateTimeField(blank=True, null=True, verbose_name="released")),
                (
                    "licence",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seats",
                        to="licences.licence",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seats",
                        to=settings.AUTH_USER_MODEL,
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
                "verbose_name": "seat",
                "verbose_name_plural": "seats",
                "indexes": [
                    models.Index(fields=["tenant", "user"], name="seat_by_user"),
                    models.Index(fields=["tenant", "licence"], name="seat_by_licence"),
                ],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="seat_tenant_policy",
                        rights="SELECT, INSERT, UPDATE, DELETE",
                        support="SELECT, INSERT, UPDATE, DELETE",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="licence", name="seat_licence_of_tenant", on_delete="NO ACTION"
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="user", name="seat_user_of_tenant", on_delete="NO ACTION"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("released_at__isnull", True)),
                        fields=("tenant", "licence", "user"),
                        name="seat_one_per_user_and_licence",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("released_at__isnull", True),
                            ("released_at__gte", models.F("assigned_at")),
                            _connector="OR",
                        ),
                        name="seat_released_after_assigned",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="licencetype",
            name="features",
            field=models.ManyToManyField(
                related_name="plans",
                through="licences.PlanInclusion",
                to="licences.licencetype",
                verbose_name="features",
            ),
        ),
    ]
