import django.db.models.deletion
from django.db import migrations, models

import config.tenancy.constraints


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0016_support_staff_have_no_tenant"),
    ]

    operations = [
        migrations.AddField(
            model_name="requestevent",
            name="form_key",
            field=models.UUIDField(blank=True, null=True, verbose_name="key of the form"),
        ),
        migrations.AddConstraint(
            model_name="requestevent",
            constraint=models.UniqueConstraint(fields=("tenant", "form_key"), name="requestevent_form_once"),
        ),
        migrations.AddField(
            model_name="requestfile",
            name="event",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="files",
                to="licences.requestevent",
                verbose_name="came with",
            ),
        ),
        migrations.AddConstraint(
            model_name="requestfile",
            constraint=config.tenancy.constraints.TenantForeignKey(
                field="event", name="requestfile_event_of_tenant", on_delete="NO ACTION"
            ),
        ),
    ]
