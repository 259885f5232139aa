from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Built beside the writers: the console filters cases by cause."""

    atomic = False

    dependencies = [
        ('accounts', '0010_case_cause_filled'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='identitycase',
            index=models.Index(fields=['cause', '-id'], name='case_cause_newest'),
        ),
    ]
