"""Signals lenders watch besides: columns without a default, bounds that hold for new rows at once."""

from decimal import Decimal
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_customer_region'),
        ('risk', '0017_link_groups'),
    ]

    operations = [
        migrations.AddField(
            model_name='customersignals',
            name='bureau_inquiries_30d',
            field=models.SmallIntegerField(null=True, verbose_name='bureau inquiries in 30 days'),
        ),
        migrations.AddField(
            model_name='customersignals',
            name='bureau_inquiries_30d_observed_at',
            field=models.DateTimeField(null=True, verbose_name='observed at'),
        ),
        migrations.AddField(
            model_name='customersignals',
            name='debt_to_income',
            field=models.DecimalField(decimal_places=4, max_digits=9, null=True, verbose_name='debt to income'),
        ),
        migrations.AddField(
            model_name='customersignals',
            name='debt_to_income_observed_at',
            field=models.DateTimeField(null=True, verbose_name='observed at'),
        ),
        migrations.AddField(
            model_name='customersignals',
            name='monthly_income_cents',
            field=models.BigIntegerField(null=True, verbose_name='monthly income (cents)'),
        ),
        migrations.AddField(
            model_name='customersignals',
            name='monthly_income_cents_observed_at',
            field=models.DateTimeField(null=True, verbose_name='observed at'),
        ),
        migrations.AddField(
            model_name='customersignals',
            name='outside_debt_cents',
            field=models.BigIntegerField(null=True, verbose_name='outside debts (cents)'),
        ),
        migrations.AddField(
            model_name='customersignals',
            name='outside_debt_cents_observed_at',
            field=models.DateTimeField(null=True, verbose_name='observed at'),
        ),
        migrations.AddField(
            model_name='customersignals',
            name='outside_lenders',
            field=models.SmallIntegerField(null=True, verbose_name='outside lenders'),
        ),
        migrations.AddField(
            model_name='customersignals',
            name='outside_lenders_observed_at',
            field=models.DateTimeField(null=True, verbose_name='observed at'),
        ),
        migrations.AddField(
            model_name='customersignals',
            name='worst_days_late_24m',
            field=models.SmallIntegerField(null=True, verbose_name='most days late within 24 months'),
        ),
        migrations.AddField(
            model_name='customersignals',
            name='worst_days_late_24m_observed_at',
            field=models.DateTimeField(null=True, verbose_name='observed at'),
        ),
        AddConstraintNotValid(
            model_name='customersignals',
            constraint=models.CheckConstraint(condition=models.Q(('worst_days_late_24m__isnull', True), models.Q(('worst_days_late_24m__gte', Decimal('0')), ('worst_days_late_24m__lte', Decimal('3660')), ('worst_days_late_24m_observed_at__isnull', False)), _connector='OR'), name='signals_worst_days_late_24m_range'),
        ),
        AddConstraintNotValid(
            model_name='customersignals',
            constraint=models.CheckConstraint(condition=models.Q(('monthly_income_cents__isnull', True), models.Q(('monthly_income_cents__gte', Decimal('0')), ('monthly_income_cents__lte', Decimal('10000000000000')), ('monthly_income_cents_observed_at__isnull', False)), _connector='OR'), name='signals_monthly_income_cents_range'),
        ),
        AddConstraintNotValid(
            model_name='customersignals',
            constraint=models.CheckConstraint(condition=models.Q(('debt_to_income__isnull', True), models.Q(('debt_to_income__gte', Decimal('0')), ('debt_to_income__lte', Decimal('1000')), ('debt_to_income_observed_at__isnull', False)), _connector='OR'), name='signals_debt_to_income_range'),
        ),
        AddConstraintNotValid(
            model_name='customersignals',
            constraint=models.CheckConstraint(condition=models.Q(('outside_debt_cents__isnull', True), models.Q(('outside_debt_cents__gte', Decimal('0')), ('outside_debt_cents__lte', Decimal('1000000000000000')), ('outside_debt_cents_observed_at__isnull', False)), _connector='OR'), name='signals_outside_debt_cents_range'),
        ),
        AddConstraintNotValid(
            model_name='customersignals',
            constraint=models.CheckConstraint(condition=models.Q(('outside_lenders__isnull', True), models.Q(('outside_lenders__gte', Decimal('0')), ('outside_lenders__lte', Decimal('10000')), ('outside_lenders_observed_at__isnull', False)), _connector='OR'), name='signals_outside_lenders_range'),
        ),
        AddConstraintNotValid(
            model_name='customersignals',
            constraint=models.CheckConstraint(condition=models.Q(('bureau_inquiries_30d__isnull', True), models.Q(('bureau_inquiries_30d__gte', Decimal('0')), ('bureau_inquiries_30d__lte', Decimal('10000')), ('bureau_inquiries_30d_observed_at__isnull', False)), _connector='OR'), name='signals_bureau_inquiries_30d_range'),
        ),
    ]
