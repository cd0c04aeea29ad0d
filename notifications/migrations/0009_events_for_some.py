"""Members read what is a group's or a user's only when it is theirs: the list looks for it at each poll."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0008_outbox_in_its_order"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="systemevent",
            index=models.Index(
                condition=models.Q(("scope__in", ["group", "user"])),
                fields=["tenant", "owner"],
                name="systemevent_for_some",
            ),
        ),
    ]
