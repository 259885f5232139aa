"""Decisions asked for by an event; customers to decide again who are held, fail or are stuck."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_cooldown'),
        ('risk', '0011_events_and_links'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='recheck',
            options={'permissions': [('retry_recheck', 'Can have a customer decided again who could not be')], 'verbose_name': 'customer to decide again', 'verbose_name_plural': 'customers to decide again'},
        ),
        migrations.RemoveConstraint(
            model_name='decision',
            name='decision_trigger_known',
        ),
        migrations.AddField(
            model_name='recheck',
            name='state',
            field=models.CharField(choices=[('waiting', 'waiting for a worker'), ('held', 'held back by a cool-down'), ('failed', 'failed, will be tried again'), ('stuck', 'needs somebody')], db_default='waiting', default='waiting', max_length=8, verbose_name='state'),
        ),
        migrations.AlterField(
            model_name='decision',
            name='trigger',
            field=models.CharField(choices=[('request', 'request'), ('campaign', 'campaign'), ('operator', 'operator'), ('event', 'event')], max_length=10, verbose_name='asked by'),
        ),
        migrations.AlterField(
            model_name='recheck',
            name='asked_at',
            field=models.DateTimeField(verbose_name='facts changed'),
        ),
        migrations.AlterField(
            model_name='recheck',
            name='due_at',
            field=models.DateTimeField(null=True, verbose_name='due at'),
        ),
        migrations.AddIndex(
            model_name='recheck',
            index=models.Index(fields=['state', '-customer'], name='recheck_by_state'),
        ),
        # Millions of rows: looked through by the next migration, while everybody goes on working.
        AddConstraintNotValid(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('trigger__in', ['request', 'campaign', 'operator', 'event'])), name='decision_trigger_known'),
        ),
        migrations.AddConstraint(
            model_name='recheck',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'held', 'failed', 'stuck'])), name='recheck_state_known'),
        ),
        migrations.AddConstraint(
            model_name='recheck',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', True), ('state', 'stuck')), models.Q(models.Q(('state', 'stuck'), _negated=True), ('due_at__isnull', False)), _connector='OR'), name='recheck_due_unless_stuck'),
        ),
    ]
