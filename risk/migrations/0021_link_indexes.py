"""Indexes of links that answer without the rows: with the time a link begins to count.

Made beside the writers, and the old ones taken away afterwards: at every moment a link is unique.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

ONCE = """
CREATE UNIQUE INDEX CONCURRENTLY link_once_with_time
ON risk_link (customer_id, kind, key) INCLUDE (first_seen_at)
"""
ONCE_BEFORE = "ALTER TABLE risk_link ADD CONSTRAINT link_once UNIQUE (customer_id, kind, key)"


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('risk', '0020_lean_indexes'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(ONCE, "DROP INDEX link_once_with_time"),
                migrations.RunSQL("ALTER TABLE risk_link DROP CONSTRAINT link_once", ONCE_BEFORE),
                migrations.RunSQL(
                    "ALTER INDEX link_once_with_time RENAME TO link_once",
                    "ALTER INDEX link_once RENAME TO link_once_with_time",
                ),
            ],
            state_operations=[
                migrations.RemoveConstraint(model_name='link', name='link_once'),
                migrations.AddConstraint(
                    model_name='link',
                    constraint=models.UniqueConstraint(fields=('customer', 'kind', 'key'), include=('first_seen_at',), name='link_once'),
                ),
            ],
        ),
        RemoveIndexConcurrently(model_name='link', name='link_by_thing'),
        AddIndexConcurrently(
            model_name='link',
            index=models.Index(fields=['kind', 'key', 'customer'], include=('first_seen_at',), name='link_by_thing'),
        ),
    ]
