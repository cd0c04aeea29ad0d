from django.db import migrations

# Policies bind the owner of the tables too, who sees every row only while they do not.
TABLES = ("licences_licenceset", "licences_tenant")
OPEN = "; ".join(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY" for table in TABLES)
CLOSE = "; ".join(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY" for table in TABLES)
NAME_THE_PLAN = """
UPDATE licences_licenceset SET suite_plan_id = tenant.suite_plan_id
FROM licences_tenant tenant, licences_licenceowner owner
WHERE tenant.id = licences_licenceset.tenant_id AND owner.id = licences_licenceset.owner_id AND owner.is_vendor
"""


class Migration(migrations.Migration):
    dependencies = [("licences", "0007_licence_dates_reached")]

    operations = [
        migrations.RunSQL(f"{OPEN}; {NAME_THE_PLAN}; SET CONSTRAINTS ALL IMMEDIATE; {CLOSE}", migrations.RunSQL.noop)
    ]
