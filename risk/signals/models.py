from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.lib import triggers
from risk.signals.catalogue import STORED, observed_column


class CustomerSignals(models.Model):
    """One row is what is known about one customer now: a column per stored signal.

    The catalogue (`risk.signals.catalogue`) gives each column its type, unit and freshness;
    `*_observed_at` is when the source knew that.
    """

    customer = models.OneToOneField(
        "accounts.Customer",
        on_delete=models.PROTECT,
        related_name="+",
        primary_key=True,
        verbose_name=_("customer"),
    )
    score = models.SmallIntegerField(_("credit score"), null=True)
    score_observed_at = models.DateTimeField(_("observed at"), null=True)
    utilisation = models.DecimalField(_("utilisation"), max_digits=9, decimal_places=4, null=True)
    utilisation_observed_at = models.DateTimeField(_("observed at"), null=True)
    months_late_now = models.SmallIntegerField(_("months late now"), null=True)
    months_late_now_observed_at = models.DateTimeField(_("observed at"), null=True)
    months_late_max_6m = models.SmallIntegerField(_("most months late in 6 months"), null=True)
    months_late_max_6m_observed_at = models.DateTimeField(_("observed at"), null=True)
    payment_ratio_6m = models.DecimalField(
        _("paid share of bills, 6 months"), max_digits=9, decimal_places=4, null=True
    )
    payment_ratio_6m_observed_at = models.DateTimeField(_("observed at"), null=True)
    current_limit_cents = models.BigIntegerField(_("credit limit now (cents)"), null=True)
    current_limit_cents_observed_at = models.DateTimeField(_("observed at"), null=True)
    age_years = models.SmallIntegerField(_("age"), null=True)
    age_years_observed_at = models.DateTimeField(_("observed at"), null=True)
    applications_7d = models.IntegerField(_("applications in 7 days"), null=True)
    applications_7d_observed_at = models.DateTimeField(_("observed at"), null=True)
    applications_30d = models.IntegerField(_("applications in 30 days"), null=True)
    applications_30d_observed_at = models.DateTimeField(_("observed at"), null=True)
    applications_90d = models.IntegerField(_("applications in 90 days"), null=True)
    applications_90d_observed_at = models.DateTimeField(_("observed at"), null=True)
    worst_days_late_24m = models.SmallIntegerField(_("most days late within 24 months"), null=True)
    worst_days_late_24m_observed_at = models.DateTimeField(_("observed at"), null=True)
    monthly_income_cents = models.BigIntegerField(_("monthly income (cents)"), null=True)
    monthly_income_cents_observed_at = models.DateTimeField(_("observed at"), null=True)
    debt_to_income = models.DecimalField(
        _("debt to income"), max_digits=9, decimal_places=4, null=True
    )
    debt_to_income_observed_at = models.DateTimeField(_("observed at"), null=True)
    outside_debt_cents = models.BigIntegerField(_("outside debts (cents)"), null=True)
    outside_debt_cents_observed_at = models.DateTimeField(_("observed at"), null=True)
    outside_lenders = models.SmallIntegerField(_("outside lenders"), null=True)
    outside_lenders_observed_at = models.DateTimeField(_("observed at"), null=True)
    bureau_inquiries_30d = models.SmallIntegerField(_("bureau inquiries in 30 days"), null=True)
    bureau_inquiries_30d_observed_at = models.DateTimeField(_("observed at"), null=True)

    class Meta:
        verbose_name = _("customer signals")
        verbose_name_plural = _("customer signals")
        constraints = [  # the catalogue's bounds: changing one asks for a migration
            models.CheckConstraint(
                condition=Q(**{f"{name}__isnull": True})
                | Q(
                    **{
                        f"{name}__gte": signal.least,
                        f"{name}__lte": signal.greatest,
                        f"{observed_column(name)}__isnull": False,
                    }
                ),
                name=f"signals_{name}_range",
            )
            for name, signal in STORED.items()
        ]

    def __str__(self) -> str:
        return str(self.pk)


class OutcomeKind(models.TextChoices):
    DEFAULT = "default", _("default")
    CURE = "cure", _("cure")


class Outcome(models.Model):
    """One row is what later became of one customer: the answer policies are measured against."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=OutcomeKind.choices)
    happened = models.BooleanField(_("happened"))
    observed_at = models.DateTimeField(_("observed at"))
    source = models.CharField(_("source"), max_length=40)

    class Meta:
        verbose_name = _("outcome")
        verbose_name_plural = _("outcomes")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "observed_at", "source"], name="outcome_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=OutcomeKind.values), name="outcome_kind_known"
            ),
        ]
        triggers = [triggers.no_truncate()]

    def __str__(self) -> str:
        return self.kind


class RecheckState(models.TextChoices):
    WAITING = "waiting", _("waiting for a worker")
    HELD = "held", _("held back by a cool-down")
    FAILED = "failed", _("failed, will be tried again")
    STUCK = "stuck", _("needs somebody")


class Recheck(models.Model):
    """One row is a customer whose facts changed and who is to be decided again, once.

    `generation` counts what changed meanwhile: whoever decided an earlier one leaves the row.
    """

    customer = models.OneToOneField(
        "accounts.Customer",
        on_delete=models.PROTECT,
        related_name="+",
        primary_key=True,
        verbose_name=_("customer"),
    )
    generation = models.BigIntegerField(default=1)
    state = models.CharField(
        _("state"), max_length=8, choices=RecheckState.choices,
        default=RecheckState.WAITING, db_default=RecheckState.WAITING,
    )  # fmt: skip
    asked_at = models.DateTimeField(_("facts changed"))  # the first change that waits
    due_at = models.DateTimeField(_("due at"), null=True)  # None: not before somebody says so
    attempts = models.SmallIntegerField(_("attempts"), default=0)
    problem = models.CharField(_("problem"), max_length=60, blank=True, default="")

    class Meta:
        verbose_name = _("customer to decide again")
        verbose_name_plural = _("customers to decide again")
        permissions = [
            ("retry_recheck", "Can have a customer decided again who could not be"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=RecheckState.values), name="recheck_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=RecheckState.STUCK, due_at__isnull=True)
                | (~Q(state=RecheckState.STUCK) & Q(due_at__isnull=False)),
                name="recheck_due_unless_stuck",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="recheck_by_due"),
            models.Index(fields=["state", "-customer"], name="recheck_by_state"),
        ]

    def __str__(self) -> str:
        return str(self.customer)
