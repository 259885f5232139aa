from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.lib import triggers

_HASH = r"^[0-9a-f]{64}$"


class SnapshotState(models.TextChoices):
    TAKING = "taking", _("being taken")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")
    REMOVED = "removed", _("files removed")


class Snapshot(models.Model):
    """One row is one frozen copy of all customers' signals, kept as files named by their hash."""

    public_id = models.CharField(_("snapshot"), max_length=40, unique=True, editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=SnapshotState.choices, default=SnapshotState.TAKING
    )
    note = models.TextField(_("reason"))
    partition_span = models.PositiveIntegerField()  # customer ids in one partition
    at = models.DateTimeField(_("shows the moment"), null=True)
    content_hash = models.CharField(_("content hash"), max_length=64, blank=True, default="")
    customers = models.BigIntegerField(_("customers"), default=0)
    bytes = models.BigIntegerField(_("bytes"), default=0)
    partitions = models.PositiveIntegerField(_("partitions"), default=0)
    partitions_done = models.PositiveIntegerField(_("partitions done"), default=0)
    partitions_written = models.PositiveIntegerField(_("of these written anew"), default=0)
    problem = models.CharField(_("problem"), max_length=40, blank=True, default="")
    started_by = models.CharField(_("started by"), max_length=120)
    started_at = models.DateTimeField(_("started at"))
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        permissions = [("take_snapshot", "Can take a snapshot of all customers")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=SnapshotState.values), name="snapshot_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["taking", "failed"])
                | Q(at__isnull=False, finished_at__isnull=False, content_hash__regex=_HASH),
                name="snapshot_ready_complete",
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="state_moves",
                field="state",
                transitions=[
                    ("taking", "ready"),
                    ("taking", "failed"),
                    ("failed", "taking"),
                    ("ready", "removed"),
                ],
            ),
            triggers.no_delete(),
            triggers.no_truncate(),
            triggers.frozen_columns(
                "public_id", "note", "partition_span", "started_by", "started_at",
                name="frozen_identity",
            ),
            triggers.frozen_columns(
                "at", "content_hash", "customers", "bytes", "partitions", "finished_at",
                when="OLD.state IN ('ready', 'removed')",
                name="frozen_once_ready",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.public_id


class SnapshotPartition(models.Model):
    """One row is one file of one snapshot: some customers, by their ids, and the file's hash."""

    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, related_name="+", verbose_name=_("snapshot")
    )
    number = models.PositiveIntegerField(_("number"))
    mark = models.CharField(max_length=64)  # what the database held, see `layout`
    sha256 = models.CharField(_("content hash"), max_length=64)
    rows = models.PositiveIntegerField(_("customers"))
    bytes = models.BigIntegerField(_("bytes"))
    is_reused = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("snapshot partition")
        verbose_name_plural = _("snapshot partitions")
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "number"], name="partition_once"),
            models.CheckConstraint(condition=Q(sha256__regex=_HASH), name="partition_hash_shape"),
        ]
        indexes = [
            models.Index(fields=["number", "mark"], name="partition_by_mark"),
            models.Index(fields=["sha256"], name="partition_by_hash"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="frozen_once_ready",
                operation=pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                func=(
                    "IF EXISTS (SELECT 1 FROM risk_snapshot WHERE id = OLD.snapshot_id "
                    "AND state IN ('ready', 'removed')) THEN RAISE EXCEPTION "
                    "'pgtrigger: Cannot change partitions of a finished snapshot'; END IF; "
                    "RETURN COALESCE(NEW, OLD);"
                ),
            ),
            triggers.no_truncate(),
        ]

    def __str__(self) -> str:
        return f"{self.snapshot_id} · {self.number}"


class BacktestState(models.TextChoices):
    RUNNING = "running", _("running")
    FINISHED = "finished", _("finished")
    CANCELLED = "cancelled", _("cancelled")
    FAILED = "failed", _("failed")


class Backtest(models.Model):
    """One row is one comparison of two policy versions over one snapshot, for ever as it was."""

    public_id = models.CharField(_("backtest"), max_length=40, unique=True, editable=False)
    product = models.ForeignKey(
        "accounts.Product", on_delete=models.PROTECT, related_name="+", verbose_name=_("product")
    )
    product_facts = models.JSONField()  # its bounds when the backtest began
    candidate = models.ForeignKey(
        "risk.PolicyVersion", on_delete=models.PROTECT, related_name="+",
        verbose_name=_("candidate"),
    )  # fmt: skip
    candidate_hash = models.CharField(_("candidate's hash"), max_length=64)
    live = models.ForeignKey(
        "risk.PolicyVersion", on_delete=models.PROTECT, related_name="+", null=True,
        verbose_name=_("in force"),
    )  # fmt: skip
    live_hash = models.CharField(
        _("hash of the version in force"), max_length=64, blank=True, default=""
    )
    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, related_name="+", verbose_name=_("snapshot")
    )
    snapshot_hash = models.CharField(_("snapshot's hash"), max_length=64, blank=True, default="")
    state = models.CharField(
        _("state"), max_length=10, choices=BacktestState.choices, default=BacktestState.RUNNING
    )
    problem = models.CharField(_("problem"), max_length=40, blank=True, default="")
    proof_problem = models.CharField(max_length=40, blank=True, default="")
    note = models.TextField(_("reason"))
    partitions = models.PositiveIntegerField(_("partitions"), default=0)
    partitions_done = models.PositiveIntegerField(_("partitions done"), default=0)
    customers_done = models.BigIntegerField(_("customers compared"), default=0)
    started_by = models.CharField(_("started by"), max_length=120)
    started_at = models.DateTimeField(_("started at"))
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    result = models.JSONField(null=True)

    class Meta:
        verbose_name = _("backtest")
        verbose_name_plural = _("backtests")
        permissions = [("run_backtest", "Can run, cancel and resume backtests")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=BacktestState.values), name="backtest_state_known"
            ),
            models.CheckConstraint(
                condition=Q(candidate_hash__regex=_HASH), name="backtest_candidate_hash_shape"
            ),
            models.CheckConstraint(
                condition=~Q(state="finished")
                | Q(
                    result__isnull=False,
                    finished_at__isnull=False,
                    snapshot_hash__regex=_HASH,
                ),
                name="backtest_finished_complete",
            ),
        ]
        indexes = [
            models.Index(fields=["candidate_hash", "-id"], name="backtest_by_candidate"),
            models.Index(fields=["state", "-id"], name="backtest_state_newest"),
        ]
        triggers = [
            pgtrigger.FSM(
                name="state_moves",
                field="state",
                transitions=[
                    ("running", "finished"),
                    ("running", "cancelled"),
                    ("running", "failed"),
                    ("cancelled", "running"),
                    ("failed", "running"),
                ],
            ),
            triggers.no_delete(),
            triggers.no_truncate(),
            triggers.frozen_columns(
                "public_id", "product_id", "product_facts", "candidate_id", "candidate_hash",
                "live_id", "live_hash", "snapshot_id", "note", "started_by", "started_at",
                name="frozen_identity",
            ),
            triggers.frozen_columns(
                "snapshot_hash", when="OLD.snapshot_hash <> ''", name="frozen_snapshot"
            ),
            pgtrigger.Protect(
                name="frozen_once_finished",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="finished"),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.public_id


class BacktestPartition(models.Model):
    """One row is what one partition of a backtest came to; written once, kept by a resumption."""

    backtest = models.ForeignKey(
        Backtest, on_delete=models.PROTECT, related_name="+", verbose_name=_("backtest")
    )
    number = models.PositiveIntegerField(_("number"))
    customers = models.PositiveIntegerField(_("customers"))
    counts = models.JSONField()
    moves = models.PositiveIntegerField(_("customers whose access changes"))
    moves_sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("backtest partition")
        verbose_name_plural = _("backtest partitions")
        constraints = [
            models.UniqueConstraint(fields=["backtest", "number"], name="backtest_partition_once"),
        ]
        triggers = triggers.append_only()

    def __str__(self) -> str:
        return f"{self.backtest_id} · {self.number}"
