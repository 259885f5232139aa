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
        ('risk', '0019_signal_bounds'),
        ('accounts', '0013_lean_indexes'),
    ]

    operations = [
        # The keys stay as they are: made again, the whole table would be looked through, locked.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                dropped('risk_decision_campaign_id_da7d1fcc', 'risk_decision (campaign_id)'),
                dropped('risk_decision_customer_id_5bbcbd5c', 'risk_decision (customer_id)'),
                dropped('risk_decision_product_id_f2154978', 'risk_decision (product_id)'),
                dropped('risk_decision_public_id_143a09d3_like', 'risk_decision (public_id varchar_pattern_ops)'),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name='decision',
                    name='campaign',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='risk.campaign', verbose_name='campaign'),
                ),
                migrations.AlterField(
                    model_name='decision',
                    name='customer',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.customer', verbose_name='customer'),
                ),
                migrations.AlterField(
                    model_name='decision',
                    name='product',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.product', verbose_name='product'),
                ),
            ],
        ),
    ]
