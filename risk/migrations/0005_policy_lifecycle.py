import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_references'),
        ('risk', '0004_campaigns_without_position'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PolicyProof',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('backtest_public_id', models.CharField(max_length=40, verbose_name='backtest')),
                ('candidate_hash', models.CharField(max_length=64, verbose_name='content hash')),
                ('live_hash', models.CharField(blank=True, max_length=64, verbose_name='compared with')),
                ('snapshot_hash', models.CharField(max_length=64, verbose_name='snapshot hash')),
                ('snapshot_at', models.DateTimeField(verbose_name='snapshot of')),
                ('customers', models.BigIntegerField(verbose_name='customers')),
                ('closes', models.BigIntegerField(verbose_name='closes')),
                ('limits', models.BigIntegerField(verbose_name='limits')),
                ('opens', models.BigIntegerField(verbose_name='opens')),
                ('open_appeals', models.BigIntegerField(null=True, verbose_name='with open appeals')),
                ('recorded_by', models.CharField(max_length=120, verbose_name='recorded by')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded at')),
            ],
            options={
                'verbose_name': 'proof of a policy version',
                'verbose_name_plural': 'proofs of policy versions',
            },
        ),
        migrations.CreateModel(
            name='PolicyStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_status', models.CharField(blank=True, choices=[('', '—'), ('draft', 'draft'), ('submitted', 'submitted'), ('backtested', 'backtested'), ('approved', 'approved'), ('scheduled', 'scheduled'), ('live', 'live'), ('retired', 'retired'), ('rejected', 'rejected')], max_length=10, verbose_name='from')),
                ('to_status', models.CharField(choices=[('draft', 'draft'), ('submitted', 'submitted'), ('backtested', 'backtested'), ('approved', 'approved'), ('scheduled', 'scheduled'), ('live', 'live'), ('retired', 'retired'), ('rejected', 'rejected')], max_length=10, verbose_name='to')),
                ('actor', models.CharField(max_length=120, verbose_name='actor')),
                ('reason', models.TextField(blank=True, default='', verbose_name='reason')),
                ('content_hash', models.CharField(blank=True, default='', max_length=64, verbose_name='content hash')),
                ('at', models.DateTimeField(verbose_name='at')),
            ],
            options={
                'verbose_name': 'step of a policy version',
                'verbose_name_plural': 'steps of policy versions',
            },
        ),
        migrations.CreateModel(
            name='PolicyTrial',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(editable=False, max_length=40, unique=True, verbose_name='trial')),
                ('kind', models.CharField(choices=[('shadow', 'shadow'), ('challenger', 'challenger')], max_length=10, verbose_name='kind')),
                ('share_percent', models.PositiveSmallIntegerField(null=True, verbose_name='share of customers (%)')),
                ('salt', models.CharField(blank=True, default='', editable=False, max_length=40)),
                ('reason', models.TextField(verbose_name='reason')),
                ('started_by', models.CharField(max_length=120, verbose_name='started by')),
                ('started_at', models.DateTimeField(verbose_name='started at')),
                ('ended_by', models.CharField(blank=True, default='', max_length=120, verbose_name='stopped by')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='stopped at')),
                ('end_reason', models.TextField(blank=True, default='', verbose_name='reason for stopping')),
            ],
            options={
                'verbose_name': 'policy trial',
                'verbose_name_plural': 'policy trials',
            },
        ),
        migrations.CreateModel(
            name='ShadowDecision',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('OPEN', 'open'), ('LIMITED', 'limited'), ('CLOSED', 'closed')], max_length=8, null=True, verbose_name='outcome')),
                ('limit_cents', models.BigIntegerField(null=True, verbose_name='limit (cents)')),
                ('reason_codes', models.JSONField(default=list, verbose_name='reasons')),
                ('live_state', models.CharField(choices=[('OPEN', 'open'), ('LIMITED', 'limited'), ('CLOSED', 'closed')], max_length=8, verbose_name='outcome given')),
                ('live_limit_cents', models.BigIntegerField(null=True, verbose_name='limit given (cents)')),
                ('live_reason_codes', models.JSONField(default=list, verbose_name='reasons given')),
                ('differs', models.BooleanField(verbose_name='differs')),
                ('error', models.CharField(blank=True, default='', max_length=60, verbose_name='error')),
                ('decided_at', models.DateTimeField(verbose_name='decided at')),
            ],
            options={
                'verbose_name': 'shadow decision',
                'verbose_name_plural': 'shadow decisions',
            },
        ),
        migrations.AlterModelOptions(
            name='policyversion',
            options={'permissions': [('draft_policyversion', 'Can write policy drafts'), ('submit_policyversion', 'Can submit a policy for approval'), ('approve_policyversion', "Can approve somebody else's policy"), ('publish_policyversion', 'Can put an approved policy in force'), ('roll_back_policyversion', 'Can put an earlier policy back in force'), ('try_policyversion', 'Can try a policy as shadow or challenger')], 'verbose_name': 'policy version', 'verbose_name_plural': 'policy versions'},
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='policyversion',
            name='status_moves',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='policyversion',
            name='frozen_once_submitted',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='policyversion',
            name='frozen_once_approved',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='policyversion',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='policyversion',
            name='update_update',
        ),
        migrations.RemoveConstraint(
            model_name='policyversion',
            name='policy_status_known',
        ),
        migrations.RemoveConstraint(
            model_name='policyversion',
            name='policy_submitted_complete',
        ),
        migrations.RemoveConstraint(
            model_name='policyversion',
            name='policy_approved_complete',
        ),
        migrations.AddField(
            model_name='policyversion',
            name='effective_at',
            field=models.DateTimeField(null=True, verbose_name='takes effect at'),
        ),
        migrations.AddField(
            model_name='policyversion',
            name='published_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='put in force by'),
        ),
        migrations.AddField(
            model_name='policyversion',
            name='separation',
            field=models.PositiveSmallIntegerField(choices=[(1, 'the approver is neither author nor submitter'), (2, 'who puts it in force is none of them either'), (3, 'the submitter is not an author either')], db_default=1, default=1, verbose_name='separation of duties'),
        ),
        migrations.AddField(
            model_name='policyversionevent',
            name='effective_at',
            field=models.DateTimeField(null=True, verbose_name='takes effect at'),
        ),
        migrations.AddField(
            model_name='policyversionevent',
            name='published_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='put in force by'),
        ),
        migrations.AddField(
            model_name='policyversionevent',
            name='separation',
            field=models.PositiveSmallIntegerField(choices=[(1, 'the approver is neither author nor submitter'), (2, 'who puts it in force is none of them either'), (3, 'the submitter is not an author either')], db_default=1, default=1, verbose_name='separation of duties'),
        ),
        migrations.AlterField(
            model_name='policyversion',
            name='status',
            field=models.CharField(choices=[('draft', 'draft'), ('submitted', 'submitted'), ('backtested', 'backtested'), ('approved', 'approved'), ('scheduled', 'scheduled'), ('live', 'live'), ('retired', 'retired'), ('rejected', 'rejected')], default='draft', max_length=10, verbose_name='status'),
        ),
        migrations.AlterField(
            model_name='policyversionevent',
            name='status',
            field=models.CharField(choices=[('draft', 'draft'), ('submitted', 'submitted'), ('backtested', 'backtested'), ('approved', 'approved'), ('scheduled', 'scheduled'), ('live', 'live'), ('retired', 'retired'), ('rejected', 'rejected')], default='draft', max_length=10, verbose_name='status'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policyversion',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "risk_policyversionevent" ("approval_note", "approved_at", "approved_by_id", "change_note", "content_hash", "created_at", "created_by_id", "effective_at", "id", "live_at", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "product_id", "public_id", "published_by_id", "retired_at", "revision", "separation", "status", "submitted_at", "submitted_by_id", "title") VALUES (NEW."approval_note", NEW."approved_at", NEW."approved_by_id", NEW."change_note", NEW."content_hash", NEW."created_at", NEW."created_by_id", NEW."effective_at", NEW."id", NEW."live_at", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."product_id", NEW."public_id", NEW."published_by_id", NEW."retired_at", NEW."revision", NEW."separation", NEW."status", NEW."submitted_at", NEW."submitted_by_id", NEW."title"); RETURN NULL;', hash='72d4855cfb718179eb75c161ff1e155b153f5b7a', operation='INSERT', pgid='pgtrigger_insert_insert_2a911', table='risk_policyversion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policyversion',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."approval_note" IS DISTINCT FROM (NEW."approval_note") OR OLD."approved_at" IS DISTINCT FROM (NEW."approved_at") OR OLD."approved_by_id" IS DISTINCT FROM (NEW."approved_by_id") OR OLD."change_note" IS DISTINCT FROM (NEW."change_note") OR OLD."content_hash" IS DISTINCT FROM (NEW."content_hash") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."created_by_id" IS DISTINCT FROM (NEW."created_by_id") OR OLD."effective_at" IS DISTINCT FROM (NEW."effective_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."live_at" IS DISTINCT FROM (NEW."live_at") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."product_id" IS DISTINCT FROM (NEW."product_id") OR OLD."public_id" IS DISTINCT FROM (NEW."public_id") OR OLD."published_by_id" IS DISTINCT FROM (NEW."published_by_id") OR OLD."retired_at" IS DISTINCT FROM (NEW."retired_at") OR OLD."revision" IS DISTINCT FROM (NEW."revision") OR OLD."separation" IS DISTINCT FROM (NEW."separation") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."submitted_at" IS DISTINCT FROM (NEW."submitted_at") OR OLD."submitted_by_id" IS DISTINCT FROM (NEW."submitted_by_id") OR OLD."title" IS DISTINCT FROM (NEW."title"))', func='INSERT INTO "risk_policyversionevent" ("approval_note", "approved_at", "approved_by_id", "change_note", "content_hash", "created_at", "created_by_id", "effective_at", "id", "live_at", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "product_id", "public_id", "published_by_id", "retired_at", "revision", "separation", "status", "submitted_at", "submitted_by_id", "title") VALUES (NEW."approval_note", NEW."approved_at", NEW."approved_by_id", NEW."change_note", NEW."content_hash", NEW."created_at", NEW."created_by_id", NEW."effective_at", NEW."id", NEW."live_at", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."product_id", NEW."public_id", NEW."published_by_id", NEW."retired_at", NEW."revision", NEW."separation", NEW."status", NEW."submitted_at", NEW."submitted_by_id", NEW."title"); RETURN NULL;', hash='72a37bd5cd986ac6d835b161e35bad9410055296', operation='UPDATE', pgid='pgtrigger_update_update_12071', table='risk_policyversion', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='policyversion',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'scheduled')), fields=('product',), name='policy_one_scheduled_per_product'),
        ),
        migrations.AddConstraint(
            model_name='policyversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('effective_at__isnull', False), ('status', 'scheduled')), models.Q(models.Q(('status', 'scheduled'), _negated=True), ('effective_at__isnull', True)), _connector='OR'), name='policy_scheduled_has_its_moment'),
        ),
        migrations.AddConstraint(
            model_name='policyversion',
            constraint=models.CheckConstraint(condition=models.Q(('separation__in', [1, 2, 3])), name='policy_separation_known'),
        ),
        migrations.AddConstraint(
            model_name='policyversion',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'submitted', 'backtested', 'approved', 'scheduled', 'live', 'retired', 'rejected'])), name='policy_status_known'),
        ),
        migrations.AddConstraint(
            model_name='policyversion',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'rejected']), models.Q(('content_hash__regex', '^[0-9a-f]{64}$'), ('submitted_at__isnull', False), ('submitted_by__isnull', False)), _connector='OR'), name='policy_submitted_complete'),
        ),
        migrations.AddConstraint(
            model_name='policyversion',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'submitted', 'backtested', 'retired', 'rejected']), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False)), _connector='OR'), name='policy_approved_complete'),
        ),
        migrations.AddField(
            model_name='policyproof',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proofs', to='risk.policyversion', verbose_name='policy version'),
        ),
        migrations.AddField(
            model_name='policystep',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='risk.policyversion', verbose_name='policy version'),
        ),
        migrations.AddField(
            model_name='policytrial',
            name='live_version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='risk.policyversion', verbose_name='compared with'),
        ),
        migrations.AddField(
            model_name='policytrial',
            name='product',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.product', verbose_name='product'),
        ),
        migrations.AddField(
            model_name='policytrial',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trials', to='risk.policyversion', verbose_name='policy version'),
        ),
        migrations.AddField(
            model_name='shadowdecision',
            name='customer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.customer', verbose_name='customer'),
        ),
        migrations.AddField(
            model_name='shadowdecision',
            name='decision',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='risk.decision', verbose_name='decision'),
        ),
        migrations.AddField(
            model_name='shadowdecision',
            name='trial',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='risk.policytrial', verbose_name='policy trial'),
        ),
        migrations.AddConstraint(
            model_name='policyproof',
            constraint=models.UniqueConstraint(fields=('version', 'backtest_public_id'), name='policy_proof_once_per_backtest'),
        ),
        migrations.AddConstraint(
            model_name='policyproof',
            constraint=models.CheckConstraint(condition=models.Q(('candidate_hash__regex', '^[0-9a-f]{64}$'), ('snapshot_hash__regex', '^[0-9a-f]{64}$'), models.Q(('live_hash', ''), ('live_hash__regex', '^[0-9a-f]{64}$'), _connector='OR')), name='policy_proof_hashes'),
        ),
        migrations.AddConstraint(
            model_name='policyproof',
            constraint=models.CheckConstraint(condition=models.Q(('closes__gte', 0), ('limits__gte', 0), ('opens__gte', 0), ('customers__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('closes'), '+', models.F('limits')), '+', models.F('opens'))), models.Q(('open_appeals__isnull', True), models.Q(('open_appeals__gte', 0), ('open_appeals__lte', models.F('closes'))), _connector='OR')), name='policy_proof_counts'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policyproof',
            trigger=pgtrigger.compiler.Trigger(name='no_update_or_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e2e13d6133eba527b1274fec46197d12a67bcc6e', operation='UPDATE OR DELETE', pgid='pgtrigger_no_update_or_delete_c6362', table='risk_policyproof', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policyproof',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='6d6f7b5bbf34fe6f4e39b4588f7bc1f805d88411', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_45eb6', table='risk_policyproof', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policyproof',
            trigger=pgtrigger.compiler.Trigger(name='proof_fits', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF NOT EXISTS (\n                SELECT 1 FROM risk_policyversion WHERE id = NEW.version_id\n                AND status <> 'draft' AND content_hash = NEW.candidate_hash\n            ) THEN\n                RAISE EXCEPTION 'pgtrigger: proof_fits: the proof is about other content';\n            END IF;\n            RETURN NEW;\n        ", hash='521e22ae86ced860daac8a991d94f37769b1fa50', operation='INSERT', pgid='pgtrigger_proof_fits_785ba', table='risk_policyproof', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='policystep',
            constraint=models.CheckConstraint(condition=models.Q(('from_status__in', ['', 'draft', 'submitted', 'backtested', 'approved', 'scheduled', 'live', 'retired', 'rejected']), ('to_status__in', ['draft', 'submitted', 'backtested', 'approved', 'scheduled', 'live', 'retired', 'rejected'])), name='policy_step_statuses_known'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policystep',
            trigger=pgtrigger.compiler.Trigger(name='no_update_or_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d3be7513ad87ca4654e7ca7c04a08a3f14c7072a', operation='UPDATE OR DELETE', pgid='pgtrigger_no_update_or_delete_de249', table='risk_policystep', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policystep',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='5c929011293158b2754e5eb1208876a15bae728e', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_80870', table='risk_policystep', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='policytrial',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('product', 'kind'), name='policy_trial_one_running_of_a_kind'),
        ),
        migrations.AddConstraint(
            model_name='policytrial',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['shadow', 'challenger'])), name='policy_trial_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='policytrial',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'shadow'), ('share_percent__isnull', True)), models.Q(('kind', 'challenger'), ('salt__regex', '^.{16,}$'), ('share_percent__gte', 1), ('share_percent__lte', 50)), _connector='OR'), name='policy_trial_share'),
        ),
        migrations.AddConstraint(
            model_name='policytrial',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), models.Q(('ended_by', ''), _negated=True), _connector='OR'), name='policy_trial_end_signed'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policytrial',
            trigger=pgtrigger.compiler.Trigger(name='trial_fits', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF NOT EXISTS (\n                SELECT 1 FROM risk_policyversion WHERE id = NEW.version_id\n                AND product_id = NEW.product_id\n                AND (status IN ('approved', 'scheduled')\n                     OR (NEW.kind = 'shadow' AND status IN ('submitted', 'backtested')))\n            ) THEN\n                RAISE EXCEPTION 'pgtrigger: trial_fits: the version cannot be tried so';\n            END IF;\n            RETURN NEW;\n        ", hash='cecb165ee7236c4d01b8a2c7af753d50fe6c3117', operation='INSERT', pgid='pgtrigger_trial_fits_53a8e', table='risk_policytrial', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policytrial',
            trigger=pgtrigger.compiler.Trigger(name='frozen_once_started', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((TRUE) AND (OLD."public_id" IS DISTINCT FROM NEW."public_id" OR OLD."product_id" IS DISTINCT FROM NEW."product_id" OR OLD."version_id" IS DISTINCT FROM NEW."version_id" OR OLD."live_version_id" IS DISTINCT FROM NEW."live_version_id" OR OLD."kind" IS DISTINCT FROM NEW."kind" OR OLD."share_percent" IS DISTINCT FROM NEW."share_percent" OR OLD."salt" IS DISTINCT FROM NEW."salt" OR OLD."reason" IS DISTINCT FROM NEW."reason" OR OLD."started_by" IS DISTINCT FROM NEW."started_by" OR OLD."started_at" IS DISTINCT FROM NEW."started_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='0f5b85f48a65c7535ae0a2c4f91404cfc04230bf', operation='UPDATE', pgid='pgtrigger_frozen_once_started_973fc', table='risk_policytrial', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policytrial',
            trigger=pgtrigger.compiler.Trigger(name='frozen_once_ended', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD.ended_at IS NOT NULL) AND (OLD."ended_by" IS DISTINCT FROM NEW."ended_by" OR OLD."ended_at" IS DISTINCT FROM NEW."ended_at" OR OLD."end_reason" IS DISTINCT FROM NEW."end_reason"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='048273268d62f5ba3bec497047c9cf7b9a045b59', operation='UPDATE', pgid='pgtrigger_frozen_once_ended_907b5', table='risk_policytrial', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policytrial',
            trigger=pgtrigger.compiler.Trigger(name='no_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='020e49a3b6df43d14a07e34b233b07d2f476579f', operation='DELETE', pgid='pgtrigger_no_delete_e3bad', table='risk_policytrial', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policytrial',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='aa719f368d98e9ed9bc6af75c7c9449c94ed00e1', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_2bb91', table='risk_policytrial', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='shadowdecision',
            index=models.Index(fields=['trial', '-id'], name='shadow_newest'),
        ),
        migrations.AddIndex(
            model_name='shadowdecision',
            index=models.Index(condition=models.Q(('differs', True)), fields=['trial', '-id'], name='shadow_newest_differing'),
        ),
        migrations.AddConstraint(
            model_name='shadowdecision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__isnull', True), ('state__in', ['OPEN', 'LIMITED', 'CLOSED']), _connector='OR'), ('live_state__in', ['OPEN', 'LIMITED', 'CLOSED'])), name='shadow_states_known'),
        ),
        migrations.AddConstraint(
            model_name='shadowdecision',
            constraint=models.CheckConstraint(condition=models.Q(('state__isnull', False), models.Q(('error', ''), _negated=True), _connector='OR'), name='shadow_answer_or_error'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='shadowdecision',
            trigger=pgtrigger.compiler.Trigger(name='no_update_or_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e4f9cdc997816818f2072d5cb7d02069484a1799', operation='UPDATE OR DELETE', pgid='pgtrigger_no_update_or_delete_c0265', table='risk_shadowdecision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='shadowdecision',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='f74b08744a86299e3bb58439bb6471f343fbb46c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_9d6a9', table='risk_shadowdecision', when='BEFORE')),
        ),
    ]
