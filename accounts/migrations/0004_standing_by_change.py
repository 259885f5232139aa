from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Built beside the writers: the table has a row for every customer."""

    atomic = False

    dependencies = [
        ('accounts', '0003_identity_cases'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='verification',
            index=models.Index(fields=['changed_at', 'customer'], name='verification_by_change'),
        ),
    ]
