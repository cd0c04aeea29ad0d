"""Row-level security and composite foreign keys as model constraints, so that `makemigrations` writes them."""

from collections.abc import Iterator
from typing import Any, cast

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.constraints import BaseConstraint

from config.tenancy.roles import IDENTITY_ROLE, SUPPORT_ROLE, TENANT_ROLE, WRITE

CURRENT_TENANT_SQL = "NULLIF(current_setting('app.tenant_id', true), '')::bigint"
"""NULLIF because a pooled connection that once had a tenant says '' and not NULL when it has none."""


class DatabaseOnlyConstraint(BaseConstraint):
    """A rule that only the database checks; a form has nothing to say about it."""

    def sql(self, model: type[models.Model]) -> str:
        """The statements that put the rule on the model's table."""
        raise NotImplementedError

    def create_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        """Postpone to the end of the migration, when every table and unique key the rule leans on is there."""
        schema_editor.deferred_sql.append(self.sql(model))
        return ""

    constraint_sql = create_sql  # type: ignore[assignment]

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the database refuses."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DatabaseOnlyConstraint) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash(self.name)


class TenantPolicy(DatabaseOnlyConstraint):
    """A row is seen and written only by the tenant named in `column`; `support` sees every tenant's.

    `rights` is what the tenant role may do and, unless `support` says otherwise, the support role; an append-only table
    says "SELECT, INSERT". `identity` is what may be done before anyone is known.
    """

    def __init__(
        self,
        *,
        name: str,
        column: str = "tenant_id",
        rights: str = WRITE,
        support: str = "",
        identity: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.column, self.rights, self.support, self.identity = column, rights, support or rights, identity

    def sql(self, model: type[models.Model]) -> str:
        table = model._meta.db_table
        mine = f'"{self.column}" = {CURRENT_TENANT_SQL}'
        statements = [
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
            f'CREATE POLICY tenant ON "{table}" TO {TENANT_ROLE} USING ({mine}) WITH CHECK ({mine})',
            f'CREATE POLICY support ON "{table}" TO {SUPPORT_ROLE} USING (true) WITH CHECK (true)',
        ]
        if self.identity:
            statements.append(f'CREATE POLICY identity ON "{table}" TO {IDENTITY_ROLE} USING (true) WITH CHECK (true)')
        return "; ".join(statements)

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        table = model._meta.db_table
        policies = ["tenant", "support", *(["identity"] if self.identity else [])]
        drops = [f'DROP POLICY {policy} ON "{table}"' for policy in policies]
        return "; ".join([*drops, f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY'])

    def grants(self, model: type[models.Model]) -> Iterator[str]:
        """The GRANT statements that go with the policy."""
        table = model._meta.db_table
        yield f'GRANT {self.rights} ON "{table}" TO {TENANT_ROLE}'
        yield f'GRANT {self.support} ON "{table}" TO {SUPPORT_ROLE}'
        if self.identity:
            yield f'GRANT {self.identity} ON "{table}" TO {IDENTITY_ROLE}'

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs |= {"column": self.column, "rights": self.rights, "support": self.support, "identity": self.identity}
        return path, args, kwargs


class TenantForeignKey(DatabaseOnlyConstraint):
    """(tenant, field) refers to (tenant, id) of the field's model: another tenant's row is refused.

    Row-level security does not stop a plain foreign key from naming another tenant's row. The field itself says
    `db_constraint=False`; its model needs a unique constraint over (tenant, id). `on_delete` is SQL.
    """

    def __init__(self, *, name: str, field: str, on_delete: str = "NO ACTION", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.field, self.on_delete = field, on_delete

    def sql(self, model: type[models.Model]) -> str:
        field = cast("models.ForeignKey[models.Model]", model._meta.get_field(self.field))
        target = field.related_model
        return (
            f'ALTER TABLE "{model._meta.db_table}" ADD CONSTRAINT "{self.name}" '
            f'FOREIGN KEY (tenant_id, "{field.column}") REFERENCES "{target._meta.db_table}" (tenant_id, id) '
            f"ON DELETE {self.on_delete} DEFERRABLE INITIALLY IMMEDIATE"
        )

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        return f'ALTER TABLE "{model._meta.db_table}" DROP CONSTRAINT "{self.name}"'

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs |= {"field": self.field, "on_delete": self.on_delete}
        return path, args, kwargs


class TenantValue(DatabaseOnlyConstraint):
    """A row's `field` says what its tenant's does, and keeps the tenant's from changing as long as the row is there.

    It is a foreign key to (id, field) of the tenant, whose model needs a unique constraint over the two.
    """

    def __init__(self, *, name: str, field: str, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.field = field

    def sql(self, model: type[models.Model]) -> str:
        tenant = cast("models.ForeignKey[models.Model]", model._meta.get_field("tenant")).related_model
        return (
            f'ALTER TABLE "{model._meta.db_table}" ADD CONSTRAINT "{self.name}" '
            f'FOREIGN KEY (tenant_id, "{self.field}") REFERENCES "{tenant._meta.db_table}" (id, "{self.field}") '
            f"DEFERRABLE INITIALLY IMMEDIATE"
        )

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        return f'ALTER TABLE "{model._meta.db_table}" DROP CONSTRAINT "{self.name}"'

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | {"field": self.field}
