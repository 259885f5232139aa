"""Django's entry for the backoffice app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BackofficeConfig(AppConfig):
    name = "backoffice"
    verbose_name = _("Back office")

    def ready(self) -> None:
        """Every process and thread that publishes a task knows our broker, not the library's."""
        from backoffice.celery import app

        app.set_default()
