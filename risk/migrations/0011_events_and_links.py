"""The log of events, partitioned by month; what customers share; who is to be decided again."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

# Django cannot say PARTITION BY. The months themselves are made by `risk.events.partitions`.
EVENTS = """
CREATE SEQUENCE risk_event_id_seq AS bigint;
CREATE TABLE risk_event (
    id bigint NOT NULL DEFAULT nextval('risk_event_id_seq'),
    event_id varchar(100) NOT NULL,
    kind varchar(20) NOT NULL,
    customer_id bigint NOT NULL
        CONSTRAINT risk_event_customer_fk REFERENCES accounts_customer (id)
        DEFERRABLE INITIALLY DEFERRED,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    amount_cents bigint,
    device_id bigint
        CONSTRAINT risk_event_device_fk REFERENCES risk_device (id)
        DEFERRABLE INITIALLY DEFERRED,
    phone_key bytea,
    address_key bytea,
    detail jsonb NOT NULL,
    CONSTRAINT risk_event_pkey PRIMARY KEY (id, occurred_at),
    CONSTRAINT event_kind_known CHECK (kind IN (
        'application', 'refusal', 'drawdown', 'repayment_due', 'repayment_paid',
        'repayment_missed', 'score', 'limit', 'login', 'contact', 'employment', 'bureau',
        'default', 'cure'
    ))
) PARTITION BY RANGE (occurred_at);
ALTER SEQUENCE risk_event_id_seq OWNED BY risk_event.id;
CREATE INDEX event_of_customer ON risk_event (customer_id, kind, occurred_at)
    INCLUDE (amount_cents);
CREATE INDEX event_of_device ON risk_event (device_id, kind, occurred_at)
    INCLUDE (customer_id, amount_cents) WHERE device_id IS NOT NULL;
CREATE INDEX event_of_phone ON risk_event (phone_key, kind, occurred_at)
    INCLUDE (customer_id, amount_cents) WHERE phone_key IS NOT NULL;
CREATE INDEX event_of_address ON risk_event (address_key, kind, occurred_at)
    INCLUDE (customer_id, amount_cents) WHERE address_key IS NOT NULL;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_customer_region'),
        ('risk', '0010_simulation'),
    ]

    operations = [
        migrations.CreateModel(
            name='Device',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('public_id', models.CharField(editable=False, max_length=40, unique=True, verbose_name='device')),
                ('fingerprint', models.BinaryField(unique=True)),
                ('platform', models.CharField(blank=True, default='', max_length=20, verbose_name='platform')),
                ('first_seen_at', models.DateTimeField(verbose_name='first seen')),
                ('last_seen_at', models.DateTimeField(verbose_name='last seen')),
            ],
            options={
                'verbose_name': 'device',
                'verbose_name_plural': 'devices',
                'constraints': [models.CheckConstraint(condition=models.Q(('first_seen_at__lte', models.F('last_seen_at'))), name='device_seen_in_order')],
            },
        ),
        migrations.CreateModel(
            name='EventKey',
            fields=[
                ('event_id', models.CharField(max_length=100, primary_key=True, serialize=False)),
                ('occurred_at', models.DateTimeField()),
                ('digest', models.BinaryField()),
            ],
            options={
                'verbose_name': 'event id',
                'verbose_name_plural': 'event ids',
                'indexes': [models.Index(fields=['occurred_at'], name='event_key_by_time')],
            },
        ),
        migrations.CreateModel(
            name='Link',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('device', 'device'), ('phone', 'phone'), ('address', 'address'), ('employer', 'employer'), ('emergency_contact', 'emergency contact'), ('payee', 'payee')], max_length=20, verbose_name='kind')),
                ('key', models.BinaryField()),
                ('times', models.IntegerField(default=1, verbose_name='times seen')),
                ('first_seen_at', models.DateTimeField(verbose_name='first seen')),
                ('last_seen_at', models.DateTimeField(verbose_name='last seen')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.customer', verbose_name='customer')),
            ],
            options={
                'verbose_name': 'link',
                'verbose_name_plural': 'links',
            },
        ),
        migrations.CreateModel(
            name='LinkGroup',
            fields=[
                ('customer', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='accounts.customer', verbose_name='customer')),
                ('component', models.BigIntegerField(verbose_name='component')),
                ('component_size', models.IntegerField(verbose_name='customers in the component')),
                ('community', models.BigIntegerField(verbose_name='community')),
                ('community_size', models.IntegerField(verbose_name='customers in the community')),
                ('community_restricted', models.IntegerField(verbose_name='restricted of these')),
                ('computed_at', models.DateTimeField(verbose_name='worked out at')),
            ],
            options={
                'verbose_name': 'link group',
                'verbose_name_plural': 'link groups',
                'indexes': [models.Index(fields=['community'], name='link_group_by_community')],
                'constraints': [models.CheckConstraint(condition=models.Q(('community_size__gte', 1), ('component_size__gte', models.F('community_size')), ('community_restricted__gte', 0), ('community_restricted__lte', models.F('community_size'))), name='link_group_counts')],
            },
        ),
        migrations.CreateModel(
            name='Recheck',
            fields=[
                ('customer', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='accounts.customer', verbose_name='customer')),
                ('generation', models.BigIntegerField(default=1)),
                ('asked_at', models.DateTimeField(verbose_name='asked at')),
                ('due_at', models.DateTimeField(verbose_name='due at')),
                ('attempts', models.SmallIntegerField(default=0, verbose_name='attempts')),
                ('problem', models.CharField(blank=True, default='', max_length=60, verbose_name='problem')),
            ],
            options={
                'verbose_name': 'customer to decide again',
                'verbose_name_plural': 'customers to decide again',
                'indexes': [models.Index(fields=['due_at'], name='recheck_by_due')],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(EVENTS, "DROP TABLE risk_event")],
            state_operations=[
                migrations.CreateModel(
                    name='Event',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('event_id', models.CharField(max_length=100, verbose_name='event')),
                        ('kind', models.CharField(choices=[('application', 'application'), ('refusal', 'refusal'), ('drawdown', 'drawdown'), ('repayment_due', 'repayment due'), ('repayment_paid', 'repayment paid'), ('repayment_missed', 'repayment missed'), ('score', 'score update'), ('limit', 'limit change'), ('login', 'login'), ('contact', 'contact change'), ('employment', 'employment change'), ('bureau', 'bureau record update'), ('default', 'default'), ('cure', 'cure')], max_length=20, verbose_name='kind')),
                        ('occurred_at', models.DateTimeField(verbose_name='occurred at')),
                        ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='received at')),
                        ('amount_cents', models.BigIntegerField(null=True, verbose_name='amount (cents)')),
                        ('phone_key', models.BinaryField(null=True)),
                        ('address_key', models.BinaryField(null=True)),
                        ('detail', models.JSONField(default=dict, verbose_name='details')),
                        ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.customer', verbose_name='customer')),
                        ('device', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='risk.device', verbose_name='device')),
                    ],
                    options={
                        'verbose_name': 'event',
                        'verbose_name_plural': 'events',
                        'indexes': [models.Index(fields=['customer', 'kind', 'occurred_at'], include=('amount_cents',), name='event_of_customer'), models.Index(condition=models.Q(('device__isnull', False)), fields=['device', 'kind', 'occurred_at'], include=('customer', 'amount_cents'), name='event_of_device'), models.Index(condition=models.Q(('phone_key__isnull', False)), fields=['phone_key', 'kind', 'occurred_at'], include=('customer', 'amount_cents'), name='event_of_phone'), models.Index(condition=models.Q(('address_key__isnull', False)), fields=['address_key', 'kind', 'occurred_at'], include=('customer', 'amount_cents'), name='event_of_address')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['application', 'refusal', 'drawdown', 'repayment_due', 'repayment_paid', 'repayment_missed', 'score', 'limit', 'login', 'contact', 'employment', 'bureau', 'default', 'cure'])), name='event_kind_known')],
                    },
                ),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='event',
            trigger=pgtrigger.compiler.Trigger(name='no_update_or_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d829cd36925e4cab89257e8ee19ded7b9b9bf3a2', operation='UPDATE OR DELETE', pgid='pgtrigger_no_update_or_delete_db1a1', table='risk_event', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='event',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='cf50712fe790be161932e4a0b5a318523e4c52e7', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_86a31', table='risk_event', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='link',
            index=models.Index(fields=['kind', 'key', 'customer'], name='link_by_thing'),
        ),
        migrations.AddConstraint(
            model_name='link',
            constraint=models.UniqueConstraint(fields=('customer', 'kind', 'key'), name='link_once'),
        ),
        migrations.AddConstraint(
            model_name='link',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['device', 'phone', 'address', 'employer', 'emergency_contact', 'payee'])), name='link_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='link',
            constraint=models.CheckConstraint(condition=models.Q(('first_seen_at__lte', models.F('last_seen_at')), ('times__gte', 1)), name='link_seen_in_order'),
        ),
    ]
