from django.db import migrations

# Policies bind the owner of the tables too, who sees every row only while they do not.
TABLES = ("licences_restriction", "licences_tenant", "licences_limitmovement")
OPEN = "; ".join(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY" for table in TABLES)
CLOSE = "; ".join(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY" for table in TABLES)
TAKE_THE_PLANS = """
UPDATE licences_restriction SET "limit" = plan_limit."limit", carried = CASE
    WHEN licences_restriction.used > plan_limit."limit" THEN licences_restriction.used ELSE 0 END
FROM licences_tenant tenant, licences_planlimit plan_limit
WHERE tenant.id = licences_restriction.tenant_id AND plan_limit.suite_plan_id = tenant.suite_plan_id
    AND plan_limit.restriction_id = licences_restriction.type_id
"""
BEGIN_TO_COUNT = """
INSERT INTO licences_limitmovement (tenant_id, restriction_id, kind, quantity, at, source)
SELECT tenant_id, id, 'opening', used, as_of, '' FROM licences_restriction WHERE authority = 'console' AND used > 0
"""


class Migration(migrations.Migration):
    dependencies = [("licences", "0013_service_level")]

    operations = [
        migrations.RunSQL(
            f"{OPEN}; {TAKE_THE_PLANS}; {BEGIN_TO_COUNT}; SET CONSTRAINTS ALL IMMEDIATE; {CLOSE}",
            migrations.RunSQL.noop,
        )
    ]
