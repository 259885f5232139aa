from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ImportState(models.TextChoices):
    RUNNING = "running", _("running")
    FINISHED = "finished", _("finished")
    ABANDONED = "abandoned", _("abandoned")


class ImportKind(models.TextChoices):
    CUSTOMERS = "customers", _("customers")
    EVENTS = "events", _("events")


class ImportRun(models.Model):
    """One row is one file being imported: how far it got, so that a killed run resumes."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(_("import"), max_length=40, unique=True, editable=False)
    kind = models.CharField(
        _("holds"), max_length=10, choices=ImportKind.choices, default=ImportKind.CUSTOMERS,
        db_default=ImportKind.CUSTOMERS,
    )  # fmt: skip
    file_digest = models.CharField(_("file digest"), max_length=64)
    mapping_digest = models.CharField(_("mapping digest"), max_length=64)
    file_name = models.CharField(_("file"), max_length=200)
    source = models.CharField(_("source"), max_length=40)
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState.choices, default=ImportState.RUNNING
    )
    bytes_total = models.BigIntegerField(_("bytes"))
    bytes_done = models.BigIntegerField(_("bytes done"), default=0)
    lines_done = models.BigIntegerField(_("lines done"), default=0)
    rows_read = models.BigIntegerField(_("rows read"), default=0)
    rows_written = models.BigIntegerField(_("rows written"), default=0)
    rows_rejected = models.BigIntegerField(_("rows rejected"), default=0)
    rows_repeated = models.BigIntegerField(_("rows repeated"), default=0)
    customers_created = models.BigIntegerField(_("customers created"), default=0)
    customers_changed = models.BigIntegerField(_("customers changed"), default=0)
    reject_bytes = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.UniqueConstraint(
                fields=["file_digest", "mapping_digest"],
                condition=Q(state="running"),
                name="import_one_running_per_file",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ImportState.values), name="import_state_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ImportKind.values), name="import_kind_known"
            ),
            # Nothing is lost: every row read was written or rejected.
            models.CheckConstraint(
                condition=Q(rows_read=F("rows_written") + F("rows_rejected")),
                name="import_every_row_accounted_for",
            ),
            models.CheckConstraint(
                condition=Q(bytes_done__gte=0, bytes_done__lte=F("bytes_total")),
                name="import_bytes_within_file",
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | ~Q(state="running"),
                name="import_running_has_no_end",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportedCustomer(models.Model):
    """One row is one customer a running import has already met, and where.

    It tells a repeated reference from the first without holding all of them in memory; the rows
    of a run are deleted when it ends.
    """

    pk = models.CompositePrimaryKey("run_id", "customer_id")
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    line = models.BigIntegerField()

    class Meta:
        verbose_name = _("customer met by an import")
        verbose_name_plural = _("customers met by imports")

    def __str__(self) -> str:
        return f"{self.run_id}:{self.line}"
