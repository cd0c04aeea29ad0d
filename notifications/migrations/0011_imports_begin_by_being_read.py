"""A file is read as soon as it is there: no import was ever only uploaded."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0010_requests_are_found"),
    ]

    operations = [
        migrations.AlterField(
            model_name="import",
            name="state",
            field=models.CharField(
                choices=[
                    ("reading", "Being read"),
                    ("read", "Read"),
                    ("checking", "Being checked"),
                    ("checked", "Checked"),
                    ("running", "Running"),
                    ("done", "Done"),
                    ("stopped", "Stopped"),
                    ("undoing", "Being undone"),
                    ("undone", "Undone"),
                    ("refused", "Cannot be read"),
                ],
                default="reading",
                max_length=10,
                verbose_name="state",
            ),
        ),
    ]
