import django.db.models.deletion
from django.db import migrations, models

import config.tenancy.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0010_administrators_are_found"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=200, verbose_name="source")),
                ("route", models.CharField(max_length=200, verbose_name="route")),
                ("key", models.CharField(max_length=200, verbose_name="key")),
                ("body_hash", models.CharField(max_length=64, verbose_name="hash of the body")),
                ("status", models.PositiveSmallIntegerField(verbose_name="status")),
                ("answer", models.TextField(verbose_name="answer")),
                ("at", models.DateTimeField(verbose_name="at")),
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
                "verbose_name": "answer of the API",
                "verbose_name_plural": "answers of the API",
                "ordering": ["-at", "-id"],
                "indexes": [models.Index(fields=["at"], name="apianswer_oldest")],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="apianswer_tenant_policy",
                        rights="SELECT, INSERT",
                        support="SELECT, INSERT, DELETE",
                    ),
                    models.UniqueConstraint(fields=("tenant", "source", "route", "key"), name="apianswer_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LimitCrossing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("threshold", models.PositiveSmallIntegerField(verbose_name="percent")),
                ("used", models.PositiveIntegerField(verbose_name="used")),
                ("limit", models.PositiveIntegerField(verbose_name="limit")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "restriction",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="licences.restriction",
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
                "verbose_name": "limit crossing",
                "verbose_name_plural": "limit crossings",
                "ordering": ["-at", "-id"],
                "indexes": [models.Index(fields=["tenant", "restriction", "-at"], name="limitcrossing_of_restriction")],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="limitcrossing_tenant_policy",
                        rights="SELECT, INSERT",
                        support="SELECT, INSERT",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="restriction", name="limitcrossing_restriction_of_tenant", on_delete="NO ACTION"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("threshold__in", [85, 100])), name="limitcrossing_at_85_or_100"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LimitOverride",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("limit", models.PositiveIntegerField(blank=True, null=True, verbose_name="limit")),
                ("starts_at", models.DateTimeField(verbose_name="starts")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="ends")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("set_at", models.DateTimeField(verbose_name="set")),
                ("set_by_name", models.CharField(max_length=200, verbose_name="set by")),
                (
                    "restriction",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="licences.restriction",
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
                "verbose_name": "limit override",
                "verbose_name_plural": "limit overrides",
                "ordering": ["-set_at", "-id"],
                "indexes": [
                    models.Index(fields=["tenant", "restriction", "-set_at"], name="limitoverride_of_restriction")
                ],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="limitoverride_tenant_policy",
                        rights="SELECT, INSERT, UPDATE (ends_at)",
                        support="SELECT, INSERT, UPDATE (ends_at)",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="restriction", name="limitoverride_restriction_of_tenant", on_delete="NO ACTION"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at__isnull", True), ("ends_at__gte", models.F("starts_at")), _connector="OR"
                        ),
                        name="limitoverride_ends_after_it_starts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="limitoverride_has_a_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LimitReservation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("held", "Held"),
                            ("confirmed", "Confirmed"),
                            ("cancelled", "Cancelled"),
                            ("expired", "Expired"),
                        ],
                        default="held",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("source", models.CharField(max_length=200, verbose_name="source")),
                ("made_at", models.DateTimeField(verbose_name="made")),
                ("expires_at", models.DateTimeField(verbose_name="expires")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                (
                    "restriction",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="licences.restriction",
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
                "verbose_name": "reservation",
                "verbose_name_plural": "reservations",
                "ordering": ["-made_at", "-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "held")), fields=["expires_at"], name="limitreservation_held"
                    ),
                    models.Index(fields=["tenant", "restriction"], name="limitreservation_of"),
                ],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="limitreservation_tenant_policy",
                        rights="SELECT, INSERT, UPDATE (state, ended_at)",
                        support="SELECT, INSERT, UPDATE (state, ended_at)",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="restriction", name="limitreservation_restriction_of_tenant", on_delete="NO ACTION"
                    ),
                    models.UniqueConstraint(fields=("tenant", "id"), name="limitreservation_tenant_id"),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="limitreservation_of_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("state", "held")),
                            models.Q(models.Q(("state", "held"), _negated=True), ("ended_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="limitreservation_ended_exactly_unless_held",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LimitMovement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("opening", "In use when counting began"),
                            ("consumed", "Used"),
                            ("released", "Given back"),
                            ("reserved", "Reserved"),
                            ("cancelled", "Reservation cancelled"),
                            ("expired", "Reservation expired"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("quantity", models.IntegerField(verbose_name="quantity")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="source")),
                (
                    "restriction",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="licences.restriction",
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
                (
                    "reservation",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="licences.limitreservation",
                        verbose_name="reservation",
                    ),
                ),
            ],
            options={
                "verbose_name": "movement",
                "verbose_name_plural": "movements",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["tenant", "restriction", "-id"], name="limitmovement_of_restriction")],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="limitmovement_tenant_policy",
                        rights="SELECT, INSERT",
                        support="SELECT, INSERT",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="restriction", name="limitmovement_restriction_of_tenant", on_delete="NO ACTION"
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="reservation", name="limitmovement_reservation_of_tenant", on_delete="NO ACTION"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ["opening", "consumed", "reserved"]), ("quantity__gt", 0)),
                            models.Q(("kind__in", ["released", "cancelled", "expired"]), ("quantity__lt", 0)),
                            _connector="OR",
                        ),
                        name="limitmovement_goes_its_way",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind__in", ["cancelled", "expired"])),
                        fields=("tenant", "reservation"),
                        name="limitmovement_gives_back_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RestrictionDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="day")),
                ("used", models.PositiveIntegerField(verbose_name="used")),
                (
                    "restriction",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="licences.restriction",
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
                "verbose_name": "day of a restriction",
                "verbose_name_plural": "days of restrictions",
                "ordering": ["-day"],
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="restrictionday_tenant_policy",
                        rights="SELECT, INSERT, UPDATE, DELETE",
                        support="SELECT, INSERT, UPDATE, DELETE",
                    ),
                    config.tenancy.constraints.TenantForeignKey(
                        field="restriction", name="restrictionday_restriction_of_tenant", on_delete="NO ACTION"
                    ),
                    models.UniqueConstraint(fields=("tenant", "restriction", "day"), name="restrictionday_once"),
                ],
            },
        ),
        migrations.AddField(
            model_name="restriction",
            name="carried",
            field=models.PositiveIntegerField(default=0, verbose_name="in use when the limit was lowered"),
        ),
        migrations.AddField(
            model_name="restriction",
            name="limit",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="limit"),
        ),
        migrations.AddField(
            model_name="restriction",
            name="limit_until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="limit until"),
        ),
        migrations.AddField(
            model_name="restriction",
            name="near_since",
            field=models.DateTimeField(blank=True, null=True, verbose_name="near the limit since"),
        ),
        migrations.AddField(
            model_name="restriction",
            name="reached_since",
            field=models.DateTimeField(blank=True, null=True, verbose_name="at the limit since"),
        ),
        migrations.AddIndex(
            model_name="restriction",
            index=models.Index(
                condition=models.Q(("limit_until__isnull", False)),
                fields=["limit_until"],
                name="restriction_limit_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="restriction",
            constraint=models.UniqueConstraint(fields=("tenant", "id"), name="restriction_tenant_id"),
        ),
        migrations.AddConstraint(
            model_name="restriction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("authority", "product"),
                    ("limit__isnull", True),
                    ("used__lte", models.F("limit")),
                    ("used__lte", models.F("carried")),
                    _connector="OR",
                ),
                name="restriction_used_within_limit",
            ),
        ),
    ]
