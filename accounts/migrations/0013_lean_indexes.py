"""Drop indexes that nobody reads or that another begins with: every row written pays for them.

And leave room in the pages of access, so that a row whose state stays is changed without touching
an index; pages written before that keep their fill until the table is written anew.
"""

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
        ('accounts', '0012_who_changed_and_who_is_closed'),
        ('compliance', '0002_lean_indexes'),
    ]

    operations = [
        migrations.RunSQL(
            'ALTER TABLE accounts_access SET (fillfactor = 70)',
            'ALTER TABLE accounts_access RESET (fillfactor)',
        ),
        # The keys stay as they are: made again, the whole table would be looked through, locked.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                dropped('accounts_access_customer_id_33785358', 'accounts_access (customer_id)'),
                dropped('accounts_access_product_id_73494f90', 'accounts_access (product_id)'),
                dropped('accounts_restriction_customer_id_3ba7640b', 'accounts_restriction (customer_id)'),
                dropped('accounts_restriction_product_id_7bd844ae', 'accounts_restriction (product_id)'),
                dropped('accounts_restriction_reason_id_0013b651', 'accounts_restriction (reason_id)'),
                dropped('accounts_restriction_public_id_da70bb0e_like', 'accounts_restriction (public_id varchar_pattern_ops)'),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name='access',
                    name='customer',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.customer', verbose_name='customer'),
                ),
                migrations.AlterField(
                    model_name='access',
                    name='product',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.product', verbose_name='product'),
                ),
                migrations.AlterField(
                    model_name='restriction',
                    name='customer',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.customer', verbose_name='customer'),
                ),
                migrations.AlterField(
                    model_name='restriction',
                    name='product',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.product', verbose_name='product'),
                ),
                migrations.AlterField(
                    model_name='restriction',
                    name='reason',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='compliance.reason', verbose_name='reason'),
                ),
            ],
        ),
    ]
