from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0002_licence_sets_follow_one_another"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="last_used_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="last use"),
        ),
        migrations.AddField(
            model_name="user",
            name="left_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="former employee since"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(models.F("tenant"), models.F("last_used_at"), name="user_by_last_use"),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("left_at__isnull", True), ("can_log_in", False), _connector="OR"),
                name="user_who_left_cannot_log_in",
                violation_error_message="A former employee cannot log in.",
            ),
        ),
    ]
