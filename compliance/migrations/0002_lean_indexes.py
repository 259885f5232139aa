"""Drop indexes that nobody reads or that another begins with: every row written pays for them."""

import django.db.models.deletion
from django.db import migrations, models


def dropped(name, definition):
    return migrations.RunSQL(
        f'DROP INDEX CONCURRENTLY IF EXISTS "{name}"',
        f'CREATE INDEX CONCURRENTLY "{name}" ON {definition}',
    )


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('compliance', '0001_foundation'),
    ]

    operations = [
        # The keys stay as they are: made again, the whole table would be looked through, locked.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                dropped('compliance_delivery_notice_id_ef0204c9', 'compliance_delivery (notice_id)'),
                dropped('compliance_notice_public_id_cb1ce2c8_like', 'compliance_notice (public_id varchar_pattern_ops)'),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name='delivery',
                    name='notice',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='compliance.notice', verbose_name='notice'),
                ),
            ],
        ),
    ]
