"""Who changed since, and who is shut out now, found without reading the tables."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('accounts', '0011_case_cause_list'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='customer',
            index=models.Index(fields=['changed_at', 'id'], name='customer_by_change'),
        ),
        AddIndexConcurrently(
            model_name='restriction',
            index=models.Index(condition=models.Q(('effect', 'CLOSED'), ('lifted_at__isnull', True)), fields=['customer'], name='restriction_closing_now'),
        ),
    ]
