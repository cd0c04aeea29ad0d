from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0017_requests_are_sent_once"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="requestevent",
            index=models.Index(fields=["at"], name="requestevent_newest"),
        ),
        migrations.AddIndex(
            model_name="limitcrossing",
            index=models.Index(fields=["at"], name="limitcrossing_newest"),
        ),
    ]
