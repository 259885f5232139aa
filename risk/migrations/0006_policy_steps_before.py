"""The lives of versions that were there before their steps were kept, told from their columns."""

from django.db import migrations

_EXTRA_DRAFTS = """
UPDATE risk_policyversion v SET status = 'rejected'
WHERE v.status = 'draft' AND EXISTS (
    SELECT 1 FROM risk_policyversion newer
    WHERE newer.product_id = v.product_id AND newer.status = 'draft' AND newer.number > v.number
)
"""
_STEPS = """
INSERT INTO risk_policystep (version_id, from_status, to_status, actor, reason, content_hash, at)
SELECT id, before, after, actor, reason, hash, at FROM (
    SELECT id, 1 AS place, '' AS before, 'draft' AS after,
           coalesce('staff:' || created_by_id, 'system:migration') AS actor, '' AS reason,
           '' AS hash, created_at AS at
    FROM risk_policyversion
    UNION ALL
    SELECT id, 2, 'draft', 'submitted', 'staff:' || submitted_by_id, change_note, content_hash,
           submitted_at
    FROM risk_policyversion WHERE submitted_at IS NOT NULL
    UNION ALL
    SELECT id, 3, 'submitted', 'approved', 'staff:' || approved_by_id, approval_note,
           content_hash, approved_at
    FROM risk_policyversion WHERE approved_at IS NOT NULL
    UNION ALL
    SELECT id, 4, 'approved', 'live', 'system:migration', '', content_hash, live_at
    FROM risk_policyversion WHERE live_at IS NOT NULL
    UNION ALL
    SELECT id, 5, CASE WHEN live_at IS NULL THEN 'approved' ELSE 'live' END, 'retired',
           'system:migration', '', content_hash, retired_at
    FROM risk_policyversion WHERE retired_at IS NOT NULL
    UNION ALL
    SELECT id, 6, 'draft', 'rejected', 'system:migration', 'one draft per product', '', now()
    FROM risk_policyversion WHERE status = 'rejected'
) AS told
WHERE NOT EXISTS (SELECT 1 FROM risk_policystep s WHERE s.version_id = told.id)
ORDER BY id, place
"""


def tell(apps, schema_editor):
    schema_editor.execute(_EXTRA_DRAFTS)
    schema_editor.execute(_STEPS)


class Migration(migrations.Migration):

    dependencies = [
        ('risk', '0005_policy_lifecycle'),
    ]

    operations = [
        migrations.RunPython(tell, migrations.RunPython.noop),
    ]
