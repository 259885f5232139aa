"""Lists of events by kind and time. The log is as new as this: its months are few and small."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('risk', '0013_decision_trigger_checked'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['kind', 'occurred_at'], name='event_by_kind'),
        ),
    ]
