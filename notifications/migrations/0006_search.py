import django.contrib.postgres.search
import django.db.models.deletion
from django.contrib.postgres.operations import UnaccentExtension
from django.db import migrations, models

import config.tenancy.constraints
from notifications.search_triggers import forgotten, on_change, on_rows, source_and_index

WORDS = r"""
CREATE FUNCTION search_folded(said text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN unaccent(translate(said, '@._-/\:+&=?#%~<>''"’', repeat(' ', 19)));

CREATE FUNCTION search_language(language text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE split_part(lower(language), '-', 1)
    WHEN 'en' THEN 'english' WHEN 'de' THEN 'german' WHEN 'nl' THEN 'dutch' WHEN 'da' THEN 'danish'
    WHEN 'sv' THEN 'swedish' WHEN 'nb' THEN 'norwegian' WHEN 'nn' THEN 'norwegian' WHEN 'no' THEN 'norwegian'
    ELSE 'simple' END;

CREATE FUNCTION search_vector(language text, title text, body text) RETURNS tsvector LANGUAGE sql STABLE PARALLEL SAFE
RETURN setweight(to_tsvector('simple', search_folded(title)), 'A') ||
    setweight(to_tsvector('simple', search_folded(body)), 'C') ||
    CASE WHEN language = 'simple' THEN ''::tsvector
    ELSE setweight(to_tsvector(language::regconfig, search_folded(title)), 'B') ||
        setweight(to_tsvector(language::regconfig, search_folded(body)), 'D') END;

CREATE FUNCTION search_words_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO notifications_searchword (tenant_id, kind, in_body, word, subject)
    SELECT d.tenant_id, d.kind, NOT w.weights && '{A,B}', w.lexeme, d.subject FROM added d, unnest(d.vector) w
    ORDER BY d.kind, 3, w.lexeme COLLATE "C";
    RETURN NULL;
END $$;

CREATE FUNCTION search_words_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM notifications_searchword w USING removed d, unnest(d.vector) o
    WHERE w.tenant_id = d.tenant_id AND w.kind = d.kind AND w.in_body = (NOT o.weights && '{A,B}')
        AND w.word = o.lexeme AND w.subject = d.subject;
    RETURN NULL;
END $$;

CREATE FUNCTION search_words_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM notifications_searchword w USING removed d, unnest(d.vector) o
    WHERE w.tenant_id = d.tenant_id AND w.kind = d.kind AND w.in_body = (NOT o.weights && '{A,B}')
        AND w.word = o.lexeme AND w.subject = d.subject;
    INSERT INTO notifications_searchword (tenant_id, kind, in_body, word, subject)
    SELECT d.tenant_id, d.kind, NOT w.weights && '{A,B}', w.lexeme, d.subject FROM added d, unnest(d.vector) w;
    RETURN NULL;
END $$;

CREATE TRIGGER words_added AFTER INSERT ON notifications_searchdocument REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION search_words_added();
CREATE TRIGGER words_removed AFTER DELETE ON notifications_searchdocument REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION search_words_removed();
CREATE TRIGGER words_changed AFTER UPDATE ON notifications_searchdocument
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION search_words_changed();
"""

NO_WORDS = """
DROP TRIGGER words_added ON notifications_searchdocument;
DROP TRIGGER words_removed ON notifications_searchdocument;
DROP TRIGGER words_changed ON notifications_searchdocument;
DROP FUNCTION search_words_added, search_words_removed, search_words_changed;
DROP FUNCTION search_vector, search_language, search_folded;
"""

USERS = """
SELECT tenant_id, id, full_name, concat_ws(' ', login_id, email), true, 'simple'
FROM licences_user WHERE tenant_id IS NOT NULL
"""

# In force and listed, as the licence list has it; a third party's are found by its owner's code as well.
LICENCES = """
SELECT l.tenant_id, l.id, l.name, concat_ws(' ', CASE WHEN NOT o.is_vendor THEN o.code END, t.code), false,
    search_language(n.language)
FROM licences_licence l
JOIN licences_licenceset s ON s.tenant_id = l.tenant_id AND s.id = l.licence_set_id AND s.state = 'active'
JOIN licences_licencetype t ON t.id = l.type_id AND NOT t.hidden
JOIN licences_licenceowner o ON o.id = t.owner_id
JOIN licences_tenant n ON n.id = l.tenant_id
"""

EVENTS = """
SELECT e.tenant_id, e.id, e.name, left(concat_ws(E'\\n', nullif(e.message, ''), nullif(e.description, '')), 2000), false,
    search_language(n.language)
FROM notifications_systemevent e JOIN licences_tenant n ON n.id = e.tenant_id
"""

OF_SET = "ARRAY(SELECT id FROM licences_licence l WHERE l.tenant_id = NEW.tenant_id AND l.licence_set_id = NEW.id)"

KEPT = "".join(
    (
        source_and_index("user", USERS),
        on_rows("user", "licences_user", ["full_name", "login_id", "email"]),
        source_and_index("licence", LICENCES),
        on_rows("licence", "licences_licence", ["name", "type_id", "licence_set_id"]),
        on_change("licence", "activated", "licences_licenceset", ["state"], OF_SET),
        source_and_index("event", EVENTS),
        on_rows("event", "notifications_systemevent", ["name", "message", "description"]),
    )
)

OWN = ["added", "removed", "changed"]

FORGOTTEN = "; ".join(
    (
        forgotten("user", {"licences_user": OWN}),
        forgotten("licence", {"licences_licence": OWN, "licences_licenceset": ["activated"]}),
        forgotten("event", {"notifications_systemevent": OWN}),
    )
)


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0009_login_holds"),
        ("notifications", "0005_platform_notices"),
    ]

    operations = [
        UnaccentExtension(),
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20, verbose_name="kind")),
                ("subject", models.BigIntegerField(verbose_name="subject")),
                ("title", models.CharField(max_length=300, verbose_name="title")),
                ("body", models.TextField(blank=True, verbose_name="text")),
                ("admins_only", models.BooleanField(default=True, verbose_name="for administrators only")),
                ("language", models.CharField(default="simple", max_length=20, verbose_name="language")),
                ("vector", django.contrib.postgres.search.SearchVectorField(verbose_name="words")),
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
                "verbose_name": "search document",
                "verbose_name_plural": "search documents",
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="searchdocument_tenant_policy",
                        rights="SELECT, INSERT, UPDATE, DELETE",
                        support="SELECT, INSERT, UPDATE, DELETE",
                    ),
                    models.UniqueConstraint(fields=("tenant", "kind", "subject"), name="searchdocument_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tenant_id",
                        "kind",
                        "in_body",
                        "word",
                        "subject",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("tenant_id", models.BigIntegerField()),
                ("kind", models.CharField(max_length=20, verbose_name="kind")),
                ("in_body", models.BooleanField(verbose_name="not in the title")),
                ("word", models.TextField(db_collation="C", verbose_name="word")),
                ("subject", models.BigIntegerField(verbose_name="subject")),
            ],
            options={
                "verbose_name": "search word",
                "verbose_name_plural": "search words",
                "constraints": [
                    config.tenancy.constraints.TenantPolicy(
                        column="tenant_id",
                        identity="",
                        name="searchword_tenant_policy",
                        rights="SELECT, INSERT, DELETE",
                        support="SELECT, INSERT, DELETE",
                    )
                ],
            },
        ),
        migrations.RunSQL(WORDS, NO_WORDS),
        migrations.RunSQL(KEPT, FORGOTTEN),
    ]
