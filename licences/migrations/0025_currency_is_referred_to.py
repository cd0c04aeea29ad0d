from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("licences", "0024_contacts_in_the_history")]

    operations = [
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.UniqueConstraint(fields=("id", "currency"), name="tenant_id_currency"),
        ),
    ]
