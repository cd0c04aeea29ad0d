from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("metering", "0006_invoices_say_whose_they_are")]

    operations = [
        migrations.AlterModelOptions(
            name="producertotal",
            options={
                "ordering": ["-day"],
                "verbose_name": "day total of a back end",
                "verbose_name_plural": "day totals of back ends",
            },
        ),
    ]
