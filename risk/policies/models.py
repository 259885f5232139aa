from __future__ import annotations

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.lib import triggers
from risk.policies import guards

_HASH = r"^[0-9a-f]{64}$"


class VersionStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    BACKTESTED = "backtested", _("backtested")
    APPROVED = "approved", _("approved")
    SCHEDULED = "scheduled", _("scheduled")
    LIVE = "live", _("live")
    RETIRED = "retired", _("retired")
    REJECTED = "rejected", _("rejected")


class Separation(models.IntegerChoices):
    """Who must be different people, each level as well as the ones before."""

    APPROVER = 1, _("the approver is neither author nor submitter")
    PUBLISHER = 2, _("who puts it in force is none of them either")
    EVERYBODY = 3, _("the submitter is not an author either")


@pghistory.track(exclude=["content"])
class PolicyVersion(models.Model):
    """One row is one version of one product's policy; its content is frozen once submitted."""

    public_id = models.CharField(_("policy version"), max_length=40, unique=True, editable=False)
    product = models.ForeignKey(
        "accounts.Product", on_delete=models.PROTECT, related_name="+", verbose_name=_("product")
    )
    number = models.PositiveIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=120)
    status = models.CharField(
        _("status"), max_length=10, choices=VersionStatus.choices, default=VersionStatus.DRAFT
    )
    content = models.JSONField(_("tables"))
    content_hash = models.CharField(_("content hash"), max_length=64, blank=True, default="")
    change_note = models.TextField(_("what changes and why"), blank=True, default="")
    created_by = models.ForeignKey(
        "accounts.StaffUser", on_delete=models.PROTECT, related_name="+", null=True,
        verbose_name=_("created by"),
    )  # fmt: skip
    created_at = models.DateTimeField(_("created at"))
    submitted_by = models.ForeignKey(
        "accounts.StaffUser", on_delete=models.PROTECT, related_name="+", null=True,
        verbose_name=_("submitted by"),
    )  # fmt: skip
    submitted_at = models.DateTimeField(_("submitted at"), null=True)
    approved_by = models.ForeignKey(
        "accounts.StaffUser", on_delete=models.PROTECT, related_name="+", null=True,
        verbose_name=_("approved by"),
    )  # fmt: skip
    approved_at = models.DateTimeField(_("approved at"), null=True)
    approval_note = models.TextField(_("approval note"), blank=True, default="")
    effective_at = models.DateTimeField(_("takes effect at"), null=True)  # only while scheduled
    published_by = models.ForeignKey(
        "accounts.StaffUser", on_delete=models.PROTECT, related_name="+", null=True,
        verbose_name=_("put in force by"),
    )  # fmt: skip
    separation = models.PositiveSmallIntegerField(
        _("separation of duties"),
        choices=Separation.choices,
        default=Separation.APPROVER,
        db_default=Separation.APPROVER,
    )
    live_at = models.DateTimeField(_("live since"), null=True)
    retired_at = models.DateTimeField(_("retired at"), null=True)
    revision = models.PositiveIntegerField(default=0)  # counts edits: a stale editor is refused

    class Meta:
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")
        permissions = [
            ("draft_policyversion", "Can write policy drafts"),
            ("submit_policyversion", "Can submit a policy for approval"),
            ("approve_policyversion", "Can approve somebody else's policy"),
            ("publish_policyversion", "Can put an approved policy in force"),
            ("roll_back_policyversion", "Can put an earlier policy back in force"),
            ("try_policyversion", "Can try a policy as shadow or challenger"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["product"], condition=Q(status="draft"), name="policy_one_draft_per_product"
            ),
            models.UniqueConstraint(
                fields=["product"],
                condition=Q(status="scheduled"),
                name="policy_one_scheduled_per_product",
            ),
            models.CheckConstraint(
                condition=Q(status="scheduled", effective_at__isnull=False)
                | (~Q(status="scheduled") & Q(effective_at__isnull=True)),
                name="policy_scheduled_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(separation__in=Separation.values), name="policy_separation_known"
            ),
            models.UniqueConstraint(fields=["product", "number"], name="policy_number_once"),
            models.UniqueConstraint(
                fields=["product"], condition=Q(status="live"), name="policy_one_live_per_product"
            ),
            models.CheckConstraint(
                condition=Q(status__in=VersionStatus.values), name="policy_status_known"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("submitted_by")),
                name="policy_approver_is_another",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "rejected"])
                | Q(
                    submitted_by__isnull=False,
                    submitted_at__isnull=False,
                    content_hash__regex=_HASH,
                ),
                name="policy_submitted_complete",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "submitted", "backtested", "retired", "rejected"])
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="policy_approved_complete",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="status_moves", field="status", transitions=guards.MOVES),
            guards.people_differ(),
            guards.moves_are_steps(),
            pgtrigger.Protect(
                name="begins_as_draft",
                operation=pgtrigger.Insert,
                condition=~pgtrigger.Q(new__status="draft"),
            ),
            triggers.frozen_columns(
                "public_id", "product_id", "number", "created_by_id", "created_at",
                name="frozen_identity",
            ),
            # What is backtested and approved; a version never becomes a draft again.
            triggers.frozen_columns(
                "content", "content_hash", "title", "change_note", "submitted_by_id",
                "submitted_at",
                when="OLD.status <> 'draft'",
                name="frozen_once_submitted",
            ),
            triggers.frozen_columns(
                "approved_by_id", "approved_at", "approval_note",
                when="OLD.status NOT IN ('draft', 'submitted', 'backtested')",
                name="frozen_once_approved",
            ),
            pgtrigger.Protect(
                name="no_delete_once_submitted",
                operation=pgtrigger.Delete,
                condition=~pgtrigger.Q(old__status="draft"),
            ),
            triggers.no_truncate(),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"


class PolicyCase(models.Model):
    """One row is one customer's facts and the answer a version must give for them."""

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="cases")
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("name"), max_length=120)
    facts = models.JSONField(_("facts"))
    expected = models.JSONField(_("expected answer"))

    class Meta:
        verbose_name = _("policy case")
        verbose_name_plural = _("policy cases")
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="policy_case_order"),
            models.UniqueConstraint(fields=["version", "name"], name="policy_case_name_once"),
        ]
        triggers = [
            triggers.no_truncate(),
            # The version's row is held, so that nobody submits it meanwhile.
            pgtrigger.Trigger(
                name="only_in_drafts",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("id_", "bigint"), ("status_", "text")],
                func="""
                    FOREACH id_ IN ARRAY ARRAY[
                        CASE WHEN TG_OP <> 'INSERT' THEN OLD.version_id END,
                        CASE WHEN TG_OP <> 'DELETE' THEN NEW.version_id END]
                    LOOP
                        SELECT status INTO status_ FROM risk_policyversion
                        WHERE id = id_ FOR SHARE;
                        IF status_ <> 'draft' THEN
                            RAISE EXCEPTION
                                'pgtrigger: Cannot change cases of a % version', status_;
                        END IF;
                    END LOOP;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PolicyStep(models.Model):
    """One row is one step of a version's life: who, when, why, and which content."""

    version = models.ForeignKey(
        PolicyVersion, on_delete=models.PROTECT, related_name="steps",
        verbose_name=_("policy version"),
    )  # fmt: skip
    from_status = models.CharField(
        _("from"), max_length=10, blank=True, choices=[("", "—"), *VersionStatus.choices]
    )
    to_status = models.CharField(_("to"), max_length=10, choices=VersionStatus.choices)
    actor = models.CharField(_("actor"), max_length=120)
    reason = models.TextField(_("reason"), blank=True, default="")
    content_hash = models.CharField(_("content hash"), max_length=64, blank=True, default="")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("step of a policy version")
        verbose_name_plural = _("steps of policy versions")
        constraints = [
            models.CheckConstraint(
                condition=Q(from_status__in=["", *VersionStatus.values])
                & Q(to_status__in=VersionStatus.values),
                name="policy_step_statuses_known",
            ),
        ]
        triggers = [*triggers.append_only(), guards.step_fits()]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


class PolicyProof(models.Model):
    """One row is one backtest of one version's exact content against what was live then."""

    version = models.ForeignKey(
        PolicyVersion, on_delete=models.PROTECT, related_name="proofs",
        verbose_name=_("policy version"),
    )  # fmt: skip
    backtest_public_id = models.CharField(_("backtest"), max_length=40)
    candidate_hash = models.CharField(_("content hash"), max_length=64)
    live_hash = models.CharField(_("compared with"), max_length=64, blank=True)  # "": nothing
    snapshot_hash = models.CharField(_("snapshot hash"), max_length=64)
    snapshot_at = models.DateTimeField(_("snapshot of"))
    customers = models.BigIntegerField(_("customers"))
    closes = models.BigIntegerField(_("closes"))
    limits = models.BigIntegerField(_("limits"))
    opens = models.BigIntegerField(_("opens"))
    open_appeals = models.BigIntegerField(_("with open appeals"), null=True)
    recorded_by = models.CharField(_("recorded by"), max_length=120)
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("proof of a policy version")
        verbose_name_plural = _("proofs of policy versions")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "backtest_public_id"], name="policy_proof_once_per_backtest"
            ),
            models.CheckConstraint(
                condition=Q(candidate_hash__regex=_HASH)
                & Q(snapshot_hash__regex=_HASH)
                & (Q(live_hash="") | Q(live_hash__regex=_HASH)),
                name="policy_proof_hashes",
            ),
            models.CheckConstraint(
                condition=Q(closes__gte=0, limits__gte=0, opens__gte=0)
                & Q(customers__gte=F("closes") + F("limits") + F("opens"))
                & (Q(open_appeals__isnull=True)
                   | Q(open_appeals__gte=0, open_appeals__lte=F("closes"))),
                name="policy_proof_counts",
            ),
        ]  # fmt: skip
        triggers = [*triggers.append_only(), guards.proof_fits()]

    def __str__(self) -> str:
        return self.backtest_public_id


class TrialKind(models.TextChoices):
    SHADOW = "shadow", _("shadow")
    CHALLENGER = "challenger", _("challenger")


class PolicyTrial(models.Model):
    """One row is one trial of a version on real traffic: beside the live one, or for a share."""

    public_id = models.CharField(_("trial"), max_length=40, unique=True, editable=False)
    product = models.ForeignKey(
        "accounts.Product", on_delete=models.PROTECT, related_name="+", verbose_name=_("product")
    )
    version = models.ForeignKey(
        PolicyVersion, on_delete=models.PROTECT, related_name="trials",
        verbose_name=_("policy version"),
    )  # fmt: skip
    live_version = models.ForeignKey(
        PolicyVersion, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("compared with"),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=10, choices=TrialKind.choices)
    share_percent = models.PositiveSmallIntegerField(_("share of customers (%)"), null=True)
    salt = models.CharField(max_length=40, blank=True, default="", editable=False)
    reason = models.TextField(_("reason"))
    started_by = models.CharField(_("started by"), max_length=120)
    started_at = models.DateTimeField(_("started at"))
    ended_by = models.CharField(_("stopped by"), max_length=120, blank=True, default="")
    ended_at = models.DateTimeField(_("stopped at"), null=True)
    end_reason = models.TextField(_("reason for stopping"), blank=True, default="")

    class Meta:
        verbose_name = _("policy trial")
        verbose_name_plural = _("policy trials")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "kind"], condition=Q(ended_at__isnull=True),
                name="policy_trial_one_running_of_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=TrialKind.values), name="policy_trial_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="shadow", share_percent__isnull=True)
                | Q(kind="challenger", share_percent__gte=1, share_percent__lte=50,
                    salt__regex=r"^.{16,}$"),
                name="policy_trial_share",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | ~Q(ended_by=""), name="policy_trial_end_signed"
            ),
        ]  # fmt: skip
        triggers = [
            guards.trial_fits(),
            triggers.frozen_columns(
                "public_id", "product_id", "version_id", "live_version_id", "kind",
                "share_percent", "salt", "reason", "started_by", "started_at",
                name="frozen_once_started",
            ),
            triggers.frozen_columns(
                "ended_by", "ended_at", "end_reason", when="OLD.ended_at IS NOT NULL",
                name="frozen_once_ended",
            ),
            triggers.no_delete(),
            triggers.no_truncate(),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.public_id
