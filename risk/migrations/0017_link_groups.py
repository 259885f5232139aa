"""Groups of linked customers as runs, things shared by many, and how far sweeps have come."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0012_who_changed_and_who_is_closed'),
        ('risk', '0016_things_of_customers'),
    ]

    operations = [
        migrations.CreateModel(
            name='HotThing',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('device', 'device'), ('phone', 'phone'), ('address', 'address'), ('employer', 'employer'), ('emergency_contact', 'emergency contact'), ('payee', 'payee')], max_length=20, verbose_name='kind')),
                ('key', models.BinaryField()),
                ('customers', models.IntegerField(verbose_name='customers')),
                ('computed_at', models.DateTimeField(verbose_name='worked out at')),
            ],
            options={
                'verbose_name': 'thing shared by many',
                'verbose_name_plural': 'things shared by many',
            },
        ),
        migrations.CreateModel(
            name='LinkRun',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('running', 'running'), ('finished', 'finished'), ('failed', 'failed')], default='running', max_length=10, verbose_name='state')),
                ('stage', models.CharField(default='reading', max_length=20, verbose_name='stage')),
                ('started_at', models.DateTimeField(verbose_name='started at')),
                ('lease_until', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished at')),
                ('edges', models.BigIntegerField(default=0, verbose_name='links read')),
                ('customers', models.BigIntegerField(default=0, verbose_name='customers in groups')),
                ('customers_done', models.BigIntegerField(default=0, verbose_name='customers written')),
                ('components', models.BigIntegerField(default=0, verbose_name='components')),
                ('communities', models.BigIntegerField(default=0, verbose_name='communities')),
                ('hot_things', models.BigIntegerField(default=0, verbose_name='things shared by many')),
                ('problem', models.CharField(blank=True, default='', max_length=60, verbose_name='problem')),
            ],
            options={
                'verbose_name': 'working-out of groups',
                'verbose_name_plural': 'workings-out of groups',
            },
        ),
        migrations.CreateModel(
            name='LinkSweep',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('reached_at', models.DateTimeField()),
                ('reached_id', models.BigIntegerField()),
            ],
            options={
                'verbose_name': 'sweep over customers',
                'verbose_name_plural': 'sweeps over customers',
            },
        ),
        migrations.AddIndex(
            model_name='hotthing',
            index=models.Index(fields=['-customers'], name='hot_thing_by_customers'),
        ),
        migrations.AddConstraint(
            model_name='hotthing',
            constraint=models.UniqueConstraint(fields=('kind', 'key'), name='hot_thing_once'),
        ),
        migrations.AddConstraint(
            model_name='hotthing',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['device', 'phone', 'address', 'employer', 'emergency_contact', 'payee'])), name='hot_thing_kind'),
        ),
        migrations.AddConstraint(
            model_name='hotthing',
            constraint=models.CheckConstraint(condition=models.Q(('customers__gte', 2)), name='hot_thing_is_shared'),
        ),
        migrations.AddConstraint(
            model_name='linkrun',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['running', 'finished', 'failed'])), name='link_run_state_known'),
        ),
        migrations.AddConstraint(
            model_name='linkrun',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('state',), name='link_run_one_at_a_time'),
        ),
    ]
