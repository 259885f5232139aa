from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('risk', '0003_shards_of_running_campaigns'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='campaign',
            name='last_customer_id',
        ),
    ]
