"""The bounds of the new columns, checked on every row without holding up who writes."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

NAMES = (
    "signals_worst_days_late_24m_range",
    "signals_monthly_income_cents_range",
    "signals_debt_to_income_range",
    "signals_outside_debt_cents_range",
    "signals_outside_lenders_range",
    "signals_bureau_inquiries_30d_range",
)


class Migration(migrations.Migration):

    dependencies = [
        ('risk', '0018_signal_columns'),
    ]

    operations = [
        ValidateConstraint(model_name="customersignals", name=name) for name in NAMES
    ]
