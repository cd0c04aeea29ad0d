from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("metering", "0007_totals_are_of_back_ends")]

    operations = [
        migrations.AddIndex("usageday", BrinIndex(fields=["day"], name="usageday_by_day")),
        migrations.AddIndex("usagemonth", BrinIndex(fields=["month"], name="usagemonth_by_month")),
        migrations.AddIndex("uncountedevent", models.Index(fields=["tenant", "id"], name="uncountedevent_of_tenant")),
        migrations.AddIndex("uncountedevent", models.Index(fields=["reason", "id"], name="uncountedevent_of_reason")),
    ]
