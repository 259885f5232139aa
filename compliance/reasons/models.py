from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.lib import triggers
from compliance.reasons import facts


class ReasonLevel(models.TextChoices):
    CUSTOMER = facts.Level.CUSTOMER.value, _("customer")
    PLATFORM = facts.Level.PLATFORM.value, _("platform")
    REGULATOR = facts.Level.REGULATOR.value, _("regulator")


class ReasonEndsBy(models.TextChoices):
    FACT = facts.EndsBy.FACT.value, _("when the fact changes")
    DATE = facts.EndsBy.DATE.value, _("on a date")
    PROBATION = facts.EndsBy.PROBATION.value, _("by probation")
    OPERATOR = facts.EndsBy.OPERATOR.value, _("by an operator")


@pghistory.track()
class Reason(models.Model):
    """One row is one reason that may be given for narrowing access."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    level = models.CharField(_("level"), max_length=10, choices=ReasonLevel.choices)
    precedence = models.PositiveSmallIntegerField(_("precedence"), default=500)
    text_zh = models.TextField(_("customer text (Chinese)"))
    text_en = models.TextField(_("customer text (English)"))
    remedy_zh = models.TextField(_("remedy (Chinese)"))
    remedy_en = models.TextField(_("remedy (English)"))
    legal_basis = models.CharField(_("legal basis"), max_length=300, blank=True, default="")
    is_appealable = models.BooleanField(_("appealable"), default=True)
    ends_by = models.CharField(_("ends"), max_length=10, choices=ReasonEndsBy.choices)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("reason")
        verbose_name_plural = _("reasons")
        constraints = [
            models.CheckConstraint(
                condition=Q(level__in=ReasonLevel.values), name="reason_level_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_by__in=ReasonEndsBy.values), name="reason_ends_by_known"
            ),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z][A-Z0-9_]{2,39}$"), name="reason_code_shape"
            ),
            models.CheckConstraint(
                condition=Q(text_zh__regex=r"\S")
                & Q(text_en__regex=r"\S")
                & Q(remedy_zh__regex=r"\S")
                & Q(remedy_en__regex=r"\S"),
                name="reason_text_complete",
            ),
        ]
        triggers = [triggers.no_delete(), triggers.frozen_columns("code")]

    def __str__(self) -> str:
        return self.code
