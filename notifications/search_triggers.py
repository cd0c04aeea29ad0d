"""How documents of the search are kept current: by triggers on the rows that they tell of.

Migrations lean on the words here: they may grow, and not change. A function for each kind says what its documents are;
the triggers and the rebuild call the same one, so what is rebuilt is what the writes have kept. Everything runs with
the rights of whoever writes.
"""

from collections.abc import Sequence

SOURCE = """
CREATE FUNCTION search_source_{kind}() RETURNS TABLE
    (tenant_id bigint, subject bigint, title text, body text, admins_only boolean, language text)
LANGUAGE sql STABLE AS $${source}$$;
"""

INDEX = """
CREATE FUNCTION search_index_{kind}(of_tenant bigint, subjects bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM notifications_searchdocument d
    WHERE d.tenant_id = of_tenant AND d.kind = '{kind}' AND d.subject = ANY(subjects) AND NOT EXISTS (
        SELECT FROM search_source_{kind}() s WHERE s.tenant_id = of_tenant AND s.subject = d.subject);
    INSERT INTO notifications_searchdocument AS d
        (tenant_id, kind, subject, title, body, admins_only, language, vector)
    SELECT s.tenant_id, '{kind}', s.subject, s.title, s.body, s.admins_only, s.language,
        search_vector(s.language, s.title, s.body)
    FROM search_source_{kind}() s WHERE s.tenant_id = of_tenant AND s.subject = ANY(subjects)
    ON CONFLICT (tenant_id, kind, subject) DO UPDATE SET title = excluded.title, body = excluded.body,
        admins_only = excluded.admins_only, language = excluded.language, vector = excluded.vector
    WHERE (d.title, d.body, d.admins_only, d.language, d.vector) IS DISTINCT FROM
        (excluded.title, excluded.body, excluded.admins_only, excluded.language, excluded.vector);
END $$;
"""

STATEMENTS = """
CREATE FUNCTION search_{kind}_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_index_{kind}(tenant_id, array_agg(id)) FROM touched WHERE tenant_id IS NOT NULL GROUP BY tenant_id;
    RETURN NULL;
END $$;
CREATE TRIGGER search_added AFTER INSERT ON {table} REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION search_{kind}_rows();
CREATE TRIGGER search_removed AFTER DELETE ON {table} REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION search_{kind}_rows();
"""

ROWS = """
CREATE FUNCTION search_{kind}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_index_{kind}(NEW.tenant_id, {subjects});
    RETURN NULL;
END $$;
CREATE TRIGGER search_{name} AFTER UPDATE OF {columns} ON {table} FOR EACH ROW
    WHEN (NEW.tenant_id IS NOT NULL AND ({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION search_{kind}_{name}();
"""


def source_and_index(kind: str, source: str) -> str:
    """SQL that says what the documents of a kind are, and writes those of some subjects anew."""
    return SOURCE.format(kind=kind, source=source) + INDEX.format(kind=kind)


def on_rows(kind: str, table: str, columns: Sequence[str]) -> str:
    """SQL that keeps documents whose subjects are the rows of `table`: a statement that adds or removes rows costs one
    call, and an update nothing unless it names one of `columns` and changes it."""
    return STATEMENTS.format(kind=kind, table=table) + on_change(kind, "changed", table, columns, "ARRAY[NEW.id]")


def on_change(kind: str, name: str, table: str, columns: Sequence[str], subjects: str) -> str:
    """SQL that keeps the documents of `subjects`, an expression over NEW, when a row of `table` changes."""
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return ROWS.format(
        kind=kind, name=name, table=table, columns=", ".join(columns), subjects=subjects, old=old, new=new
    )


def forgotten(kind: str, tables: dict[str, Sequence[str]]) -> str:
    """SQL that takes all of it back; `tables` names the triggers of each."""
    drops = [f"DROP TRIGGER search_{name} ON {table}" for table, names in tables.items() for name in names]
    functions = [f"{kind}_rows", *(f"{kind}_{name}" for names in tables.values() for name in names)]
    present = [name for name in functions if not name.endswith(("_added", "_removed"))]
    drops += [f"DROP FUNCTION search_{name}" for name in (*present, f"index_{kind}", f"source_{kind}")]
    return "; ".join(drops)
