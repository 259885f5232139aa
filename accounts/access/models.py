from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.access import facts
from backoffice.lib import triggers


class AccessState(models.TextChoices):
    OPEN = facts.State.OPEN.value, _("open")
    LIMITED = facts.State.LIMITED.value, _("limited")
    CLOSED = facts.State.CLOSED.value, _("closed")


class RestrictionEffect(models.TextChoices):
    LIMITED = facts.State.LIMITED.value, _("limited")
    CLOSED = facts.State.CLOSED.value, _("closed")


class RestrictionSource(models.TextChoices):
    POLICY = facts.Source.POLICY.value, _("policy")
    OPERATOR = facts.Source.OPERATOR.value, _("operator")
    REGULATOR = facts.Source.REGULATOR.value, _("regulator")


@pghistory.track()
class Product(models.Model):
    """One row is one credit product a customer may be given access to."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name_zh = models.CharField(_("name (Chinese)"), max_length=80)
    name_en = models.CharField(_("name (English)"), max_length=80)
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    min_amount_cents = models.BigIntegerField(_("least amount (cents)"))
    max_amount_cents = models.BigIntegerField(_("greatest amount (cents)"))
    min_term_months = models.PositiveSmallIntegerField(_("shortest term (months)"))
    max_term_months = models.PositiveSmallIntegerField(_("longest term (months)"))
    min_annual_rate = models.DecimalField(_("lowest yearly rate"), max_digits=6, decimal_places=5)
    max_annual_rate = models.DecimalField(_("highest yearly rate"), max_digits=6, decimal_places=5)
    review_days = models.PositiveSmallIntegerField(_("days to next review"), default=90)
    cooldown_minutes = models.PositiveIntegerField(
        _("cool-down after an event (minutes)"), default=60, db_default=60,
        help_text=_(
            "After an event has changed a customer's access, no further event widens it before "
            "so many minutes have passed; narrowing takes effect at once. 0: no cool-down."
        ),
    )  # fmt: skip
    is_active = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[a-z][a-z0-9-]{1,39}$"), name="product_code_shape"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="product_currency_shape"
            ),
            models.CheckConstraint(
                condition=Q(min_amount_cents__gt=0, max_amount_cents__gte=F("min_amount_cents")),
                name="product_amounts_ordered",
            ),
            models.CheckConstraint(
                condition=Q(min_term_months__gt=0, max_term_months__gte=F("min_term_months")),
                name="product_terms_ordered",
            ),
            models.CheckConstraint(
                condition=Q(
                    min_annual_rate__gte=0,
                    max_annual_rate__gte=F("min_annual_rate"),
                    max_annual_rate__lt=10,
                ),
                name="product_rates_ordered",
            ),
            models.CheckConstraint(condition=Q(review_days__gt=0), name="product_review_positive"),
            models.CheckConstraint(
                condition=Q(cooldown_minutes__lte=facts.COOLDOWN_MINUTES_AT_MOST),
                name="product_cooldown_bounded",
            ),
        ]
        triggers = [triggers.no_delete(), triggers.frozen_columns("code", "currency")]

    def __str__(self) -> str:
        return self.code


class Access(models.Model):
    """One row is the standing of one customer with one product, derived from restrictions."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("customer"),
    )  # fmt: skip
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("product"),
    )  # fmt: skip
    # NULL until the first decision: effectively CLOSED, said as "not decided yet".
    state = models.CharField(  # noqa: DJ001 — an undecided access has no state, not an empty one
        _("access"), max_length=8, choices=AccessState.choices, null=True
    )
    reason_codes = models.JSONField(_("reasons"), default=list)
    terms_limit_cents = models.BigIntegerField(_("limit by terms (cents)"), null=True)
    limit_cents = models.BigIntegerField(_("limit (cents)"), null=True)
    annual_rate = models.DecimalField(_("yearly rate"), max_digits=6, decimal_places=5, null=True)
    max_term_months = models.PositiveSmallIntegerField(_("longest term (months)"), null=True)
    since = models.DateTimeField(_("since"), null=True)
    next_review_at = models.DateTimeField(_("next review"), null=True)
    decision_public_id = models.CharField(_("last decision"), max_length=40, blank=True, default="")
    moved_by_event_at = models.DateTimeField(_("last changed by an event"), null=True)

    class Meta:
        verbose_name = _("access")
        verbose_name_plural = _("access")
        permissions = [
            ("restrict_access", "Can restrict a customer's access"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "product"], name="access_one_per_product"),
            models.CheckConstraint(
                condition=Q(state__isnull=True) | Q(state__in=AccessState.values),
                name="access_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state__isnull=True) | Q(since__isnull=False), name="access_since_given"
            ),
            models.CheckConstraint(
                condition=Q(state=AccessState.CLOSED)
                | Q(state__isnull=True)
                | Q(
                    limit_cents__isnull=False,
                    annual_rate__isnull=False,
                    max_term_months__isnull=False,
                ),
                name="access_usable_has_terms",
            ),
        ]
        indexes = [
            models.Index(fields=["product", "state"], name="access_by_product_state"),
            models.Index(fields=["state", "-id"], name="access_state_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.customer} · {self.product}"


class Restriction(models.Model):
    """One row is one cause that narrows one customer's access to one product, and its end."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(_("restriction"), max_length=40, unique=True, editable=False)
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("customer"),
    )  # fmt: skip
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("product"),
    )  # fmt: skip
    reason = models.ForeignKey(
        "compliance.Reason", on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("reason"),
    )  # fmt: skip
    source = models.CharField(_("source"), max_length=10, choices=RestrictionSource.choices)
    effect = models.CharField(_("narrows to"), max_length=8, choices=RestrictionEffect.choices)
    limit_cents = models.BigIntegerField(_("limit at most (cents)"), null=True, blank=True)
    started_at = models.DateTimeField(_("since"))
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_by = models.CharField(_("lifted by"), max_length=120, blank=True, default="")
    started_by = models.CharField(_("started by"), max_length=120)
    note = models.TextField(_("note"), blank=True, default="")

    class Meta:
        verbose_name = _("restriction")
        verbose_name_plural = _("restrictions")
        permissions = [
            ("lift_restriction", "Can lift a restriction"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "product", "reason", "source"],
                condition=Q(lifted_at__isnull=True),
                name="restriction_one_active_per_cause",
            ),
            models.CheckConstraint(
                condition=Q(effect__in=RestrictionEffect.values), name="restriction_effect_known"
            ),
            models.CheckConstraint(
                condition=Q(source__in=RestrictionSource.values), name="restriction_source_known"
            ),
            models.CheckConstraint(
                condition=Q(limit_cents__isnull=True) | Q(effect="LIMITED", limit_cents__gte=0),
                name="restriction_limit_only_when_limited",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True) | Q(lifted_at__gte=F("started_at")),
                name="restriction_lifted_after_start",
            ),
        ]
        indexes = [
            models.Index(
                fields=["ends_at"],
                condition=Q(lifted_at__isnull=True, ends_at__isnull=False),
                name="restriction_active_ending",
            ),
            models.Index(
                fields=["customer"],
                condition=Q(lifted_at__isnull=True, effect="CLOSED"),
                name="restriction_closing_now",
            ),
            models.Index(fields=["customer", "-id"], name="restriction_customer_newest"),
            models.Index(fields=["started_at", "reason"], name="restriction_started_reason"),
            models.Index(fields=["source", "-id"], name="restriction_source_newest"),
            models.Index(fields=["effect", "-id"], name="restriction_effect_newest"),
        ]
        triggers = [
            triggers.no_delete(),
            triggers.frozen_columns(
                "public_id", "customer_id", "product_id", "reason_id", "source", "started_at"
            ),
            triggers.frozen_columns(
                "lifted_at",
                "lifted_by",
                "effect",
                "limit_cents",
                "ends_at",
                "note",
                when="OLD.lifted_at IS NOT NULL",
                name="stays_lifted",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
