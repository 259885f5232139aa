import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('risk', '0006_policy_steps_before'),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name='policyversion',
            trigger=pgtrigger.compiler.Trigger(name='status_moves', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{draft:submitted,draft:rejected,submitted:backtested,submitted:rejected,backtested:approved,backtested:rejected,approved:scheduled,approved:live,approved:retired,scheduled:approved,scheduled:live,live:retired,retired:live}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='a1dc28f4295e5636abffdedcab798af870af0ab7', operation='UPDATE', pgid='pgtrigger_status_moves_876db', table='risk_policyversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policyversion',
            trigger=pgtrigger.compiler.Trigger(name='people_differ', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE authors text[];', func="\n            IF OLD.separation > NEW.separation AND OLD.status <> 'draft' THEN\n                RAISE EXCEPTION 'pgtrigger: the separation of duties is never lowered';\n            END IF;\n            IF NEW.approved_by_id IS NOT DISTINCT FROM OLD.approved_by_id\n               AND NEW.published_by_id IS NOT DISTINCT FROM OLD.published_by_id\n               AND NEW.submitted_by_id IS NOT DISTINCT FROM OLD.submitted_by_id THEN\n                RETURN NEW;\n            END IF;\n            SELECT coalesce(array_agg(actor), '{}') || ('staff:' || NEW.created_by_id::text)\n            INTO authors FROM risk_policystep\n            WHERE version_id = NEW.id AND to_status = 'draft';\n            IF NEW.approved_by_id IS DISTINCT FROM OLD.approved_by_id\n               AND (NEW.approved_by_id = NEW.submitted_by_id\n                    OR 'staff:' || NEW.approved_by_id = ANY(authors)) THEN\n                RAISE EXCEPTION 'pgtrigger: people_differ: approver';\n            END IF;\n            IF NEW.separation >= 2 AND NEW.published_by_id IS DISTINCT FROM OLD.published_by_id\n               AND (NEW.published_by_id IN (NEW.submitted_by_id, NEW.approved_by_id)\n                    OR 'staff:' || NEW.published_by_id = ANY(authors)) THEN\n                RAISE EXCEPTION 'pgtrigger: people_differ: publisher';\n            END IF;\n            IF NEW.separation >= 3 AND NEW.submitted_by_id IS DISTINCT FROM OLD.submitted_by_id\n               AND 'staff:' || NEW.submitted_by_id = ANY(authors) THEN\n                RAISE EXCEPTION 'pgtrigger: people_differ: submitter';\n            END IF;\n            RETURN NEW;\n        ", hash='59e5922588a6bfd7a7ee7ff250becd7be6ede688', operation='UPDATE', pgid='pgtrigger_people_differ_3e783', table='risk_policyversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policyversion',
            trigger=pgtrigger.compiler.Trigger(name='steps_kept', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.status IS DISTINCT FROM NEW.status)', declare='DECLARE step RECORD;', func="\n            SELECT from_status, to_status, content_hash INTO step FROM risk_policystep\n            WHERE version_id = NEW.id ORDER BY id DESC LIMIT 1;\n            IF (step.from_status, step.to_status, step.content_hash)\n               IS DISTINCT FROM (OLD.status, NEW.status, NEW.content_hash) THEN\n                RAISE EXCEPTION 'pgtrigger: steps_kept: no step records this move';\n            END IF;\n            IF NEW.status IN ('approved', 'scheduled', 'live') AND NOT EXISTS (\n                SELECT 1 FROM risk_policystep WHERE version_id = NEW.id\n                AND to_status = 'approved' AND content_hash = NEW.content_hash\n            ) THEN\n                RAISE EXCEPTION 'pgtrigger: steps_kept: this content was never approved';\n            END IF;\n            IF OLD.status = 'backtested' AND NEW.status = 'approved' AND NOT EXISTS (\n                SELECT 1 FROM risk_policyproof WHERE version_id = NEW.id\n                AND candidate_hash = NEW.content_hash\n            ) THEN\n                RAISE EXCEPTION 'pgtrigger: steps_kept: this content was never backtested';\n            END IF;\n            IF OLD.status = 'retired' AND OLD.live_at IS NULL THEN\n                RAISE EXCEPTION 'pgtrigger: steps_kept: this version was never in force';\n            END IF;\n            RETURN NEW;\n        ", hash='c2a993e5873d756d64482cbacacf99a0cb19462e', operation='UPDATE', pgid='pgtrigger_steps_kept_1c517', table='risk_policyversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policyversion',
            trigger=pgtrigger.compiler.Trigger(name='frozen_once_submitted', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD.status <> \'draft\') AND (OLD."content" IS DISTINCT FROM NEW."content" OR OLD."content_hash" IS DISTINCT FROM NEW."content_hash" OR OLD."title" IS DISTINCT FROM NEW."title" OR OLD."change_note" IS DISTINCT FROM NEW."change_note" OR OLD."submitted_by_id" IS DISTINCT FROM NEW."submitted_by_id" OR OLD."submitted_at" IS DISTINCT FROM NEW."submitted_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='d1b6d9bf1d464bf64d8e2bd39696a3de7a06ea20', operation='UPDATE', pgid='pgtrigger_frozen_once_submitted_9014a', table='risk_policyversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policyversion',
            trigger=pgtrigger.compiler.Trigger(name='frozen_once_approved', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD.status NOT IN (\'draft\', \'submitted\', \'backtested\')) AND (OLD."approved_by_id" IS DISTINCT FROM NEW."approved_by_id" OR OLD."approved_at" IS DISTINCT FROM NEW."approved_at" OR OLD."approval_note" IS DISTINCT FROM NEW."approval_note"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='8ede3aab69b0729997ee732d7c2a66c96674cba4', operation='UPDATE', pgid='pgtrigger_frozen_once_approved_0ae91', table='risk_policyversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policyversion',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='ebf0833124d1b65b70c7d6c3d37f692f2847d91a', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_5cbfc', table='risk_policyversion', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='policyversion',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'draft')), fields=('product',), name='policy_one_draft_per_product'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policystep',
            trigger=pgtrigger.compiler.Trigger(name='step_fits', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE version RECORD;', func="\n            SELECT status, content_hash INTO version FROM risk_policyversion\n            WHERE id = NEW.version_id;\n            IF NEW.from_status = '' THEN\n                IF version.status <> 'draft' OR EXISTS (\n                    SELECT 1 FROM risk_policystep WHERE version_id = NEW.version_id\n                ) THEN\n                    RAISE EXCEPTION 'pgtrigger: step_fits: a version begins once';\n                END IF;\n            ELSIF NEW.from_status <> version.status\n                  OR (version.status <> 'draft' AND NEW.content_hash <> version.content_hash) THEN\n                RAISE EXCEPTION 'pgtrigger: step_fits: the version stands elsewhere';\n            END IF;\n            RETURN NEW;\n        ", hash='d749022e4ae809440404d77f8dde778f28773a7f', operation='INSERT', pgid='pgtrigger_step_fits_61f83', table='risk_policystep', when='BEFORE')),
        ),
    ]
