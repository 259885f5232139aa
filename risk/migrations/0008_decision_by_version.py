"""Decisions by policy version, newest first. Without holding up a single decision meanwhile."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('risk', '0007_policy_lifecycle_kept'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='decision',
            index=models.Index(fields=['policy_version', '-id'], name='decision_version_newest'),
        ),
        # The key's own index says less and costs every decision a write.
        migrations.AlterField(
            model_name='decision',
            name='policy_version',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='risk.policyversion', verbose_name='policy version'),
        ),
    ]
