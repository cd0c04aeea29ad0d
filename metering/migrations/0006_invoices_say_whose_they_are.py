from django.db import migrations, models

# Policies bind the owner of the tables too, who sees every row only while they do not.
TABLES = ("metering_invoice", "licences_tenant")
OPEN = "; ".join(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY" for table in TABLES)
CLOSE = "; ".join(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY" for table in TABLES)
NAME_THE_CUSTOMER = """
UPDATE metering_invoice SET customer_name = tenant.company_name
FROM licences_tenant tenant WHERE tenant.id = metering_invoice.tenant_id
"""


class Migration(migrations.Migration):
    dependencies = [("metering", "0005_uncounted_of_service")]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="customer_name",
            field=models.CharField(default="", max_length=200, verbose_name="customer"),
            preserve_default=False,
        ),
        migrations.RunSQL(
            f"{OPEN}; {NAME_THE_CUSTOMER}; SET CONSTRAINTS ALL IMMEDIATE; {CLOSE}", migrations.RunSQL.noop
        ),
    ]
