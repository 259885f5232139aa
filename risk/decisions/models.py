from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backoffice.lib import triggers


class DecisionState(models.TextChoices):
    OPEN = "OPEN", _("open")
    LIMITED = "LIMITED", _("limited")
    CLOSED = "CLOSED", _("closed")


class DecisionTrigger(models.TextChoices):
    REQUEST = "request", _("request")
    CAMPAIGN = "campaign", _("campaign")
    OPERATOR = "operator", _("operator")


class Decision(models.Model):
    """One row is one answer: the facts seen, the policy by hash, what fired, what came of it.

    `facts` and `answer` are canonical JSON kept as text: replay must give the same bytes, and
    jsonb does not keep them.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(_("decision"), max_length=40, unique=True, editable=False)
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    product = models.ForeignKey(
        "accounts.Product", on_delete=models.PROTECT, related_name="+", verbose_name=_("product")
    )
    policy_version = models.ForeignKey(
        "risk.PolicyVersion", on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("policy version"),
    )  # fmt: skip
    policy_hash = models.CharField(_("policy hash"), max_length=64)
    trigger = models.CharField(_("asked by"), max_length=10, choices=DecisionTrigger.choices)
    campaign = models.ForeignKey(
        "risk.Campaign", on_delete=models.PROTECT, related_name="+", null=True,
        verbose_name=_("campaign"),
    )  # fmt: skip
    state = models.CharField(_("outcome"), max_length=8, choices=DecisionState.choices)
    effective_state = models.CharField(
        _("effective then"), max_length=8, choices=DecisionState.choices
    )
    # What the customer was told and could use at that moment, operators and switches included:
    # the answer below is the policy's alone, and access has moved on since.
    effective_limit_cents = models.BigIntegerField(_("limit then (cents)"), null=True)
    effective_reason_codes = models.JSONField(_("reasons then"), default=list)
    facts = models.TextField(_("facts"))
    answer = models.TextField(_("answer"))
    actor = models.CharField(_("actor"), max_length=120)
    decided_at = models.DateTimeField(_("decided at"), db_default=Now())
    duration_us = models.IntegerField(_("duration (µs)"))

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        permissions = [
            ("decide_customer", "Can ask for a customer's decision"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "customer"],
                condition=Q(campaign__isnull=False),
                name="decision_once_per_campaign",
            ),
            models.CheckConstraint(
                condition=Q(state__in=DecisionState.values)
                & Q(effective_state__in=DecisionState.values),
                name="decision_states_known",
            ),
            models.CheckConstraint(
                condition=Q(trigger__in=DecisionTrigger.values), name="decision_trigger_known"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="decision_customer_newest"),
            models.Index(fields=["decided_at"], name="decision_by_time"),
            models.Index(fields=["policy_version", "-id"], name="decision_version_newest"),
            models.Index(fields=["state", "-id"], name="decision_state_newest"),
            models.Index(fields=["trigger", "-id"], name="decision_trigger_newest"),
        ]
        triggers = triggers.append_only()

    def __str__(self) -> str:
        return self.public_id


class ShadowDecision(models.Model):
    """One row is what a candidate would have answered, beside what was answered.

    Both answers are kept as columns: a comparison over many must not read the decisions' texts.
    """

    id = models.BigAutoField(primary_key=True)
    trial = models.ForeignKey(
        "risk.PolicyTrial", on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("policy trial"),
    )  # fmt: skip
    decision = models.OneToOneField(
        Decision, on_delete=models.PROTECT, related_name="+", verbose_name=_("decision")
    )
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("customer"),
    )  # fmt: skip
    state = models.CharField(_("outcome"), max_length=8, null=True, choices=DecisionState.choices)  # noqa: DJ001 — no answer is not an empty one
    limit_cents = models.BigIntegerField(_("limit (cents)"), null=True)
    reason_codes = models.JSONField(_("reasons"), default=list)
    live_state = models.CharField(_("outcome given"), max_length=8, choices=DecisionState.choices)
    live_limit_cents = models.BigIntegerField(_("limit given (cents)"), null=True)
    live_reason_codes = models.JSONField(_("reasons given"), default=list)
    differs = models.BooleanField(_("differs"))
    error = models.CharField(_("error"), max_length=60, blank=True, default="")
    decided_at = models.DateTimeField(_("decided at"))

    class Meta:
        verbose_name = _("shadow decision")
        verbose_name_plural = _("shadow decisions")
        constraints = [
            models.CheckConstraint(
                condition=(Q(state__isnull=True) | Q(state__in=DecisionState.values))
                & Q(live_state__in=DecisionState.values),
                name="shadow_states_known",
            ),
            models.CheckConstraint(
                condition=Q(state__isnull=False) | ~Q(error=""), name="shadow_answer_or_error"
            ),
        ]
        indexes = [
            models.Index(fields=["trial", "-id"], name="shadow_newest"),
            models.Index(
                fields=["trial", "-id"], condition=Q(differs=True), name="shadow_newest_differing"
            ),
        ]
        triggers = triggers.append_only()

    def __str__(self) -> str:
        return f"{self.trial_id}:{self.decision_id}"


class CampaignState(models.TextChoices):
    RUNNING = "running", _("running")
    FINISHED = "finished", _("finished")


class Campaign(models.Model):
    """One row is one application of a product's live policy to everybody, and how far it is."""

    public_id = models.CharField(_("campaign"), max_length=40, unique=True, editable=False)
    product = models.ForeignKey(
        "accounts.Product", on_delete=models.PROTECT, related_name="+", verbose_name=_("product")
    )
    policy_version = models.ForeignKey(
        "risk.PolicyVersion", on_delete=models.PROTECT, related_name="+",
        verbose_name=_("policy version"),
    )  # fmt: skip
    state = models.CharField(
        _("state"), max_length=10, choices=CampaignState.choices, default=CampaignState.RUNNING
    )
    note = models.TextField(_("reason"))
    reference_prefix = models.CharField(
        _("only references beginning with"), max_length=64, blank=True, default=""
    )
    last_customer_id = models.BigIntegerField(default=0)
    end_customer_id = models.BigIntegerField()
    customers_total = models.IntegerField(_("customers"))
    customers_done = models.IntegerField(_("done"), default=0)
    customers_failed = models.IntegerField(_("failed"), default=0)
    started_by = models.CharField(_("started by"), max_length=120)
    started_at = models.DateTimeField(_("started at"))
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        permissions = [
            ("start_campaign", "Can apply a policy to every customer"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["product"],
                condition=Q(state="running"),
                name="campaign_one_running_per_product",
            ),
            models.CheckConstraint(
                condition=Q(state__in=CampaignState.values), name="campaign_state_known"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
