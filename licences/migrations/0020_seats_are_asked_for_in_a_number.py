from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("licences", "0019_answers_are_claimed"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="customerrequest",
            name="customerrequest_names_what_it_wants",
        ),
        migrations.AddConstraint(
            model_name="customerrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(("kind", "support"), ("wants", "")),
                        models.Q(("kind", "upgrade"), models.Q(("wants", ""), _negated=True)),
                        _connector="OR",
                    ),
                    models.Q(
                        models.Q(("restriction__isnull", False), ("wants", "limit")),
                        models.Q(("wants", "limit"), _negated=True),
                        _connector="OR",
                    ),
                    models.Q(
                        models.Q(("suite_plan__isnull", False), ("wants", "plan")),
                        models.Q(("wants", "plan"), _negated=True),
                        _connector="OR",
                    ),
                    models.Q(
                        models.Q(("quantity__gt", 0), ("quantity__isnull", False), ("wants", "seats")),
                        models.Q(("wants", "seats"), _negated=True),
                        _connector="OR",
                    ),
                    models.Q(
                        models.Q(("add_on__isnull", False), ("wants", "add_on")),
                        models.Q(("wants", "add_on"), _negated=True),
                        _connector="OR",
                    ),
                ),
                name="customerrequest_names_what_it_wants",
            ),
        ),
    ]
