from django.db import migrations

# What is left of a campaign that was running when shards came is one shard, in one lane.
SHARDS = """
INSERT INTO risk_campaignshard
    (campaign_id, number, lane, first_customer_id, last_customer_id, done_customer_id,
     customers_total, customers_done, customers_changed, customers_told, customers_failed, due_at,
     told_until, finished_at)
SELECT id, 0, 0, last_customer_id + 1, end_customer_id, last_customer_id,
       greatest(customers_total - customers_done, 0), 0, 0, 0, 0, now(), now(), NULL
FROM risk_campaign WHERE state = 'running' AND last_customer_id < end_customer_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('risk', '0002_campaign_shards'),
    ]

    operations = [
        migrations.RunSQL(SHARDS, migrations.RunSQL.noop),
    ]
