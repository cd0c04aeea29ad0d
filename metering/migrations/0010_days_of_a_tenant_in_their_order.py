from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("metering", "0009_invoices_keep_the_currency")]

    operations = [
        migrations.AddIndex("usageday", models.Index(fields=["tenant", "id"], name="usageday_of_tenant")),
        migrations.AddIndex("repeatday", models.Index(fields=["tenant", "id"], name="repeatday_of_tenant")),
        migrations.AddIndex("producertotal", models.Index(fields=["tenant", "id"], name="producertotal_of_tenant")),
    ]
