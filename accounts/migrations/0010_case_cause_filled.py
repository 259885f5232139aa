from django.db import migrations

# Ended cases too: their frozen columns are others.
FILL = """
UPDATE accounts_identitycase SET cause = accounts_identityverdict.cause
FROM accounts_identityverdict
WHERE accounts_identityverdict.id = accounts_identitycase.verdict_id
  AND accounts_identitycase.cause <> accounts_identityverdict.cause
"""


class Migration(migrations.Migration):
    """Cases opened before they bore the cause of what was found."""

    dependencies = [
        ('accounts', '0009_case_cause'),
    ]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
