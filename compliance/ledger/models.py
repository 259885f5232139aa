from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backoffice.lib import triggers


class LedgerEntry(models.Model):
    """One row is one thing someone did, with the reason they gave."""

    id = models.BigAutoField(primary_key=True)
    # When it was done, as the service was told: an imported history keeps its own time.
    occurred_at = models.DateTimeField(_("when"), db_default=Now(), editable=False)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    actor_kind = models.CharField(_("actor kind"), max_length=10)
    actor_id = models.CharField(_("actor"), max_length=100)
    action = models.CharField(_("action"), max_length=60)
    subject_kind = models.CharField(_("subject kind"), max_length=40)
    subject_id = models.CharField(_("subject"), max_length=100)
    reason = models.TextField(_("reason"), blank=True, default="")
    detail = models.JSONField(_("detail"), default=dict)
    # pg_snapshot_xmin over this column lets a later sealer see every row: ids commit out of order.
    transaction_id = models.BigIntegerField(editable=False)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        indexes = [
            models.Index(
                fields=["subject_kind", "subject_id", "-id"], name="ledger_subject_newest"
            ),
            models.Index(fields=["actor_kind", "actor_id", "-id"], name="ledger_actor_newest"),
            models.Index(fields=["action", "-id"], name="ledger_action_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(actor_kind__in=["staff", "client", "system"]),
                name="ledger_actor_kind_known",
            )
        ]
        triggers = triggers.append_only()

    def __str__(self) -> str:
        return f"{self.action} {self.subject_kind}:{self.subject_id}"

    @property
    def actor(self) -> str:
        """`kind:id`, as an Actor prints itself."""
        return f"{self.actor_kind}:{self.actor_id}"
