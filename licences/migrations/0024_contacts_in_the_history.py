from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0023_medium_urgency"),
    ]

    operations = [
        migrations.AlterField(
            model_name="historyentry",
            name="action",
            field=models.CharField(
                choices=[
                    ("seat_assigned", "Seat assigned"),
                    ("seat_released", "Seat released"),
                    ("login_switched", "Can log in switched"),
                    ("user_added", "User added"),
                    ("user_changed", "User changed"),
                    ("user_removed", "Adding a user undone"),
                    ("left", "Marked as former employee"),
                    ("returned", "Back from former employee"),
                    ("set_received", "Licence set received"),
                    ("set_activated", "Licence set activated"),
                    ("set_removed", "Licences of an owner removed"),
                    ("limit_set", "Plan limit changed"),
                    ("token_made", "API token made"),
                    ("token_revoked", "API token revoked"),
                    ("contacts_named", "Support contacts named"),
                ],
                max_length=20,
                verbose_name="what",
            ),
        ),
    ]
