from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Built beside the writers: the console filters questions by state and by whom was asked."""

    atomic = False

    dependencies = [
        ('accounts', '0007_cooldown'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='inquiry',
            index=models.Index(fields=['state', '-id'], name='inquiry_state_newest'),
        ),
        AddIndexConcurrently(
            model_name='inquiry',
            index=models.Index(fields=['kind', '-id'], name='inquiry_kind_newest'),
        ),
    ]
