from django.db import migrations, models

URGENCIES = [("high", "High"), ("middle", "Medium"), ("low", "Low")]


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0022_seats_are_found_by_time"),
    ]

    operations = [
        migrations.AlterField(
            model_name="customerrequest",
            name="urgency",
            field=models.CharField(choices=URGENCIES, max_length=10, verbose_name="urgency"),
        ),
        migrations.AlterField(
            model_name="servicetarget",
            name="urgency",
            field=models.CharField(choices=URGENCIES, max_length=10, verbose_name="urgency"),
        ),
    ]
