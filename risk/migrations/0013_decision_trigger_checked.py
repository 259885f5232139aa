"""Looks through the decisions without keeping anybody from writing one."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('risk', '0012_decisions_on_events'),
    ]

    operations = [
        ValidateConstraint(model_name='decision', name='decision_trigger_known'),
    ]
