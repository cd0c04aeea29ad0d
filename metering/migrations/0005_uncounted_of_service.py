from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("metering", "0004_late_lines_of_first_usage"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="uncountedevent",
            index=models.Index(fields=["tenant", "service_code", "-last_at", "-id"], name="uncountedevent_of_service"),
        ),
    ]
