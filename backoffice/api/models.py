from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class IdempotentRequest(models.Model):
    """One row is one create a client asked for under its own key, and the answer it was given."""

    id = models.BigAutoField(primary_key=True)
    client_id = models.CharField(_("client"), max_length=100)
    key = models.CharField(_("key"), max_length=255)
    fingerprint = models.BinaryField()  # SHA-256 of method, path and body
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    body = models.BinaryField(null=True)  # sealed: answers may carry personal data
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("idempotent request")
        verbose_name_plural = _("idempotent requests")
        constraints = [
            models.UniqueConstraint(fields=["client_id", "key"], name="idempotency_key_once")
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_by_age")]

    def __str__(self) -> str:
        return self.key
