from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backoffice.lib import triggers
from risk.decisions import facts


class DecisionState(models.TextChoices):
    OPEN = "OPEN", _("open")
    LIMITED = "LIMITED", _("limited")
    CLOSED = "CLOSED", _("closed")


class DecisionTrigger(models.TextChoices):
    REQUEST = "request", _("request")
    CAMPAIGN = "campaign", _("campaign")
    OPERATOR = "operator", _("operator")
    EVENT = "event", _("event")


class Decision(models.Model):
    """One row is one answer: the facts seen, the policy by hash, what fired, what came of it.

    `facts` and `answer` are canonical JSON kept as text: replay must give the same bytes, and
    jsonb does not keep them.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(_("decision"), max_length=40, unique=True, editable=False)
    # Every index is paid for by every decision of a campaign: none that another begins with.
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("customer"),
    )  # fmt: skip
    product = models.ForeignKey(
        "accounts.Product", on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("product"),
    )  # fmt: skip
    policy_version = models.ForeignKey(
        "risk.PolicyVersion", on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("policy version"),
    )  # fmt: skip
    policy_hash = models.CharField(_("policy hash"), max_length=64)
    trigger = models.CharField(_("asked by"), max_length=10, choices=DecisionTrigger.choices)
    campaign = models.ForeignKey(
        "risk.Campaign", on_delete=models.PROTECT, related_name="+", null=True, db_index=False,
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
    RUNNING = facts.CampaignState.RUNNING.value, _("running")
    PAUSED = facts.CampaignState.PAUSED.value, _("paused")
    FINISHED = facts.CampaignState.FINISHED.value, _("finished")
    CANCELLED = facts.CampaignState.CANCELLED.value, _("cancelled")
    STOPPED = facts.CampaignState.STOPPED.value, _("stopped by itself")


class StopCode(models.TextChoices):
    """Why a campaign stopped by itself: what holds for everybody who was left."""

    POLICY_CHANGED = "policy_changed", _("another policy is in force")
    NO_LIVE_POLICY = "no_live_policy", _("no policy is in force")
    POLICY_UNREADABLE = "policy_unreadable", _("the policy in force cannot be read")
    PRODUCT_NOT_OFFERED = "product_not_offered", _("the product is not offered")


class Campaign(models.Model):
    """One row is one application of one policy version to everybody, and how far it is.

    The counts are those of its shards, kept here too: written in the transaction that writes the
    shard's.
    """

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
    stop_code = models.CharField(
        _("stopped because"), max_length=20, choices=StopCode.choices, blank=True, default=""
    )
    note = models.TextField(_("reason"))
    reference_prefix = models.CharField(
        _("only references beginning with"), max_length=64, blank=True, default=""
    )
    end_customer_id = models.BigIntegerField()
    # So many shards are worked on at once; the speeds below are shared out among them.
    lanes = models.PositiveSmallIntegerField(_("workers at once"), default=1)
    customers_per_second = models.PositiveIntegerField(_("customers a second"), default=0)
    notices_per_second = models.PositiveIntegerField(_("notices a second"), default=0)
    customers_total = models.IntegerField(_("planned"))
    customers_done = models.IntegerField(_("evaluated"), default=0)
    customers_changed = models.IntegerField(_("changed"), default=0)
    customers_told = models.IntegerField(_("told"), default=0)
    customers_failed = models.IntegerField(_("failed"), default=0)
    started_by = models.CharField(_("started by"), max_length=120)
    started_at = models.DateTimeField(_("started at"))
    # Since when it runs without a pause, and how many were decided then: its speed is the rest.
    running_since = models.DateTimeField(null=True)
    done_before = models.IntegerField(default=0)
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
                condition=Q(state__in=["running", "paused"]),
                name="campaign_one_unfinished_per_product",
            ),
            models.CheckConstraint(
                condition=Q(state__in=CampaignState.values), name="campaign_state_known"
            ),
            models.CheckConstraint(
                condition=Q(stop_code="", state__in=["running", "paused", "finished", "cancelled"])
                | Q(stop_code__in=StopCode.values, state="stopped"),
                name="campaign_stopped_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["running", "paused"], finished_at__isnull=True)
                | Q(state__in=["finished", "cancelled", "stopped"], finished_at__isnull=False),
                name="campaign_end_has_a_time",
            ),
            models.CheckConstraint(condition=Q(lanes__gt=0), name="campaign_has_a_lane"),
        ]
        triggers = [
            pgtrigger.FSM(
                name="campaign_moves",
                field="state",
                transitions=[
                    (before.value, after.value)
                    for before, ends in facts.CAMPAIGN_MOVES.items()
                    for after in ends
                ],
            ),
            triggers.frozen_columns(
                "public_id", "product_id", "policy_version_id", "note", "reference_prefix",
                "end_customer_id", "customers_total", "lanes", "started_by", "started_at",
                name="campaign_frozen_start",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.public_id


class CampaignShard(models.Model):
    """One row is one range of customer ids of a campaign, and how far its worker has come.

    Whoever decides a batch of it holds the row locked until that batch is committed. Of each lane
    only the first unfinished shard is worked on.
    """

    id = models.BigAutoField(primary_key=True)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="shards", verbose_name=_("campaign")
    )
    number = models.PositiveIntegerField(_("shard"))
    lane = models.PositiveSmallIntegerField(_("lane"))
    first_customer_id = models.BigIntegerField()
    last_customer_id = models.BigIntegerField()
    done_customer_id = models.BigIntegerField()  # everybody up to here is decided
    customers_total = models.IntegerField(_("planned"))
    customers_done = models.IntegerField(_("evaluated"), default=0)
    customers_changed = models.IntegerField(_("changed"), default=0)
    customers_told = models.IntegerField(_("told"), default=0)
    customers_failed = models.IntegerField(_("failed"), default=0)
    due_at = models.DateTimeField(_("next batch"))
    told_until = models.DateTimeField(_("notices leave until"))
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("shard")
        verbose_name_plural = _("shards")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="shard_once"),
            models.UniqueConstraint(
                fields=["campaign", "first_customer_id"], name="shard_begins_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    first_customer_id__lte=F("last_customer_id"),
                    done_customer_id__gte=F("first_customer_id") - 1,
                    done_customer_id__lte=F("last_customer_id"),
                ),
                name="shard_range_ordered",
            ),
        ]
        indexes = [
            models.Index(
                fields=["campaign", "lane", "number"],
                condition=Q(finished_at__isnull=True),
                name="shard_next_of_lane",
            ),
        ]
        triggers = [
            triggers.no_delete(),
            triggers.frozen_columns(
                "campaign_id", "number", "lane", "first_customer_id", "last_customer_id",
                name="shard_frozen_range",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.number)


class CampaignFailure(models.Model):
    """One row is one customer a campaign could not decide, and the code that says why."""

    id = models.BigAutoField(primary_key=True)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="failures", verbose_name=_("campaign")
    )
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    code = models.CharField(_("code"), max_length=60)
    failed_at = models.DateTimeField(_("failed at"))

    class Meta:
        verbose_name = _("customer not decided")
        verbose_name_plural = _("customers not decided")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "customer"], name="failure_once"),
        ]
        triggers = triggers.append_only()

    def __str__(self) -> str:
        return self.code
