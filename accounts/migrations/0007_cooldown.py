"""How long an event's change of access stands before another event may widen it."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_customer_region'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='product',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='product',
            name='update_update',
        ),
        migrations.AddField(
            model_name='access',
            name='moved_by_event_at',
            field=models.DateTimeField(null=True, verbose_name='last changed by an event'),
        ),
        migrations.AddField(
            model_name='product',
            name='cooldown_minutes',
            field=models.PositiveIntegerField(db_default=60, default=60, help_text="After an event has changed a customer's access, no further event widens it before so many minutes have passed; narrowing takes effect at once. 0: no cool-down.", verbose_name='cool-down after an event (minutes)'),
        ),
        migrations.AddField(
            model_name='productevent',
            name='cooldown_minutes',
            field=models.PositiveIntegerField(db_default=60, default=60, help_text="After an event has changed a customer's access, no further event widens it before so many minutes have passed; narrowing takes effect at once. 0: no cool-down.", verbose_name='cool-down after an event (minutes)'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "accounts_productevent" ("code", "cooldown_minutes", "currency", "id", "is_active", "max_amount_cents", "max_annual_rate", "max_term_months", "min_amount_cents", "min_annual_rate", "min_term_months", "name_en", "name_zh", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "review_days") VALUES (NEW."code", NEW."cooldown_minutes", NEW."currency", NEW."id", NEW."is_active", NEW."max_amount_cents", NEW."max_annual_rate", NEW."max_term_months", NEW."min_amount_cents", NEW."min_annual_rate", NEW."min_term_months", NEW."name_en", NEW."name_zh", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."review_days"); RETURN NULL;', hash='75044f7233c8e9989e1efebc92a65cc480afaf0b', operation='INSERT', pgid='pgtrigger_insert_insert_9cd0b', table='accounts_product', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "accounts_productevent" ("code", "cooldown_minutes", "currency", "id", "is_active", "max_amount_cents", "max_annual_rate", "max_term_months", "min_amount_cents", "min_annual_rate", "min_term_months", "name_en", "name_zh", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "review_days") VALUES (NEW."code", NEW."cooldown_minutes", NEW."currency", NEW."id", NEW."is_active", NEW."max_amount_cents", NEW."max_annual_rate", NEW."max_term_months", NEW."min_amount_cents", NEW."min_annual_rate", NEW."min_term_months", NEW."name_en", NEW."name_zh", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."review_days"); RETURN NULL;', hash='4696c56983aeb745c4cc88bb7f41f88bf952c612', operation='UPDATE', pgid='pgtrigger_update_update_d53a4', table='accounts_product', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(('cooldown_minutes__lte', 43200)), name='product_cooldown_bounded'),
        ),
    ]
