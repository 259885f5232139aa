from django.db import migrations, models


class Migration(migrations.Migration):
    """A constant default: no row is rewritten."""

    dependencies = [
        ('accounts', '0008_inquiry_lists'),
    ]

    operations = [
        migrations.AddField(
            model_name='identitycase',
            name='cause',
            field=models.CharField(blank=True, choices=[('', '—'), ('no_record', 'the bureau has no record'), ('no_name', 'a name on one side only'), ('no_id_number', 'an ID number on one side only'), ('no_phone', 'a phone on one side only'), ('bad_length', 'not 18 characters'), ('bad_characters', 'characters no ID number has'), ('bad_birth_date', 'no possible date of birth'), ('bad_check_digit', 'wrong check digit'), ('unknown_region', 'unknown region'), ('other_person', "another person's number"), ('other_birth_date', 'another date of birth'), ('other_gender', 'another gender'), ('near_name', 'nearly the same name'), ('other_name', 'another name'), ('near_phone', 'nearly the same phone'), ('other_phone', 'another phone')], db_default='', default='', max_length=20, verbose_name='cause'),
        ),
        migrations.AddConstraint(
            model_name='identitycase',
            constraint=models.CheckConstraint(condition=models.Q(('cause__in', ['', 'no_record', 'no_name', 'no_id_number', 'no_phone', 'bad_length', 'bad_characters', 'bad_birth_date', 'bad_check_digit', 'unknown_region', 'other_person', 'other_birth_date', 'other_gender', 'near_name', 'other_name', 'near_phone', 'other_phone'])), name='case_cause_known'),
        ),
    ]
