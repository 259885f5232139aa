"""Django's entry for the accounts app."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.management import create_permissions
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Customers and staff")

    def ready(self) -> None:
        # The one hook of the house: Django creates permissions after each app's migrations, and
        # roles can only be synced when the last app has its own. `migrate` is the moment.
        last = [config for config in apps.get_app_configs() if config.models_module][-1]
        post_migrate.connect(_sync_roles, sender=last)


def _sync_roles(sender: AppConfig, using: str, **options: Any) -> None:
    from accounts.staff import services

    for config in apps.get_app_configs():
        create_permissions(config, verbosity=0, using=using)
    services.sync_roles()
