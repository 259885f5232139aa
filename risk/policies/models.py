from __future__ import annotations

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.lib import triggers


class VersionStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    APPROVED = "approved", _("approved")
    LIVE = "live", _("live")
    RETIRED = "retired", _("retired")


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
        ]
        constraints = [
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
                condition=Q(status="draft")
                | Q(
                    submitted_by__isnull=False,
                    submitted_at__isnull=False,
                    content_hash__regex=r"^[0-9a-f]{64}$",
                ),
                name="policy_submitted_complete",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "submitted", "retired"])
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="policy_approved_complete",
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="status_moves",
                field="status",
                transitions=[
                    ("draft", "submitted"),
                    ("submitted", "draft"),
                    ("submitted", "approved"),
                    ("approved", "live"),
                    ("approved", "retired"),
                    ("live", "retired"),
                ],
            ),
            pgtrigger.Protect(
                name="begins_as_draft",
                operation=pgtrigger.Insert,
                condition=~pgtrigger.Q(new__status="draft"),
            ),
            triggers.frozen_columns(
                "public_id", "product_id", "number", "created_by_id", "created_at",
                name="frozen_identity",
            ),
            # What the approver looks at; sending a version back makes it a draft again.
            triggers.frozen_columns(
                "content", "content_hash", "title", "change_note", "submitted_by_id",
                "submitted_at",
                when="OLD.status <> 'draft' AND NEW.status <> 'draft'",
                name="frozen_once_submitted",
            ),
            triggers.frozen_columns(
                "approved_by_id", "approved_at", "approval_note",
                when="OLD.status NOT IN ('draft', 'submitted')",
                name="frozen_once_approved",
            ),
            pgtrigger.Protect(
                name="no_delete_once_submitted",
                operation=pgtrigger.Delete,
                condition=~pgtrigger.Q(old__status="draft"),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"


class PolicyCase(models.Model):
    """One row is one customer's facts and the answer a version must give for them."""

    version = models.ForeignKey(PolicyVersion, on_delete=models.CASCADE, related_name="cases")
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
