from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.verification import facts
from backoffice.lib import triggers


class IdentityStatusChoice(models.TextChoices):
    UNVERIFIED = facts.IdentityStatus.UNVERIFIED.value, _("unverified")
    VERIFIED = facts.IdentityStatus.VERIFIED.value, _("verified")
    MISMATCH = facts.IdentityStatus.MISMATCH.value, _("mismatch")
    FAILED = facts.IdentityStatus.FAILED.value, _("check failed")


class ComparisonChoice(models.TextChoices):
    MATCH = facts.Comparison.MATCH.value, _("match")
    TYPO = facts.Comparison.TYPO.value, _("likely typo")
    DIFFERS = facts.Comparison.DIFFERS.value, _("differs")
    INVALID = facts.Comparison.INVALID.value, _("invalid")
    MISSING = facts.Comparison.MISSING.value, _("missing")


class MethodChoice(models.TextChoices):
    ID_DOCUMENT = facts.Method.ID_DOCUMENT.value, _("identity document")
    FACE = facts.Method.FACE.value, _("face")
    BANK_CARD = facts.Method.BANK_CARD.value, _("bank card")
    SMS_CODE = facts.Method.SMS_CODE.value, _("SMS code")
    IN_PERSON = facts.Method.IN_PERSON.value, _("in person")


class ResultChoice(models.TextChoices):
    PASSED = facts.Result.PASSED.value, _("passed")
    FAILED = facts.Result.FAILED.value, _("failed")
    INCONCLUSIVE = facts.Result.INCONCLUSIVE.value, _("inconclusive")


class IdentityCheck(models.Model):
    """One row is one check somebody performed on one customer, with its result."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(_("check"), max_length=40, unique=True, editable=False)
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    method = models.CharField(_("method"), max_length=12, choices=MethodChoice.choices)
    result = models.CharField(_("result"), max_length=12, choices=ResultChoice.choices)
    provider = models.CharField(_("provider"), max_length=40, blank=True, default="")
    performed_at = models.DateTimeField(_("performed at"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("identity check")
        verbose_name_plural = _("identity checks")
        indexes = [models.Index(fields=["customer", "-id"], name="check_customer_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(method__in=MethodChoice.values), name="check_method_known"
            ),
            models.CheckConstraint(
                condition=Q(result__in=ResultChoice.values), name="check_result_known"
            ),
        ]
        triggers = triggers.append_only()

    def __str__(self) -> str:
        return f"{self.method} {self.result}"


class BureauRecord(models.Model):
    """One row is what one credit bureau had on file for one customer at one time."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(_("bureau record"), max_length=40, unique=True, editable=False)
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    bureau = models.CharField(_("bureau"), max_length=40)
    legal_name_sealed = models.BinaryField(null=True)
    id_number_sealed = models.BinaryField(null=True)
    phone_sealed = models.BinaryField(null=True)
    reported_at = models.DateTimeField(_("as of"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("bureau record")
        verbose_name_plural = _("bureau records")
        indexes = [models.Index(fields=["customer", "-id"], name="bureau_customer_newest")]

    def __str__(self) -> str:
        return self.public_id


class Verification(models.Model):
    """One row is the standing answer for one customer: status, each field against the bureau."""

    customer = models.OneToOneField(
        "accounts.Customer",
        on_delete=models.PROTECT,
        related_name="+",
        primary_key=True,
        verbose_name=_("customer"),
    )
    status = models.CharField(
        _("identity"),
        max_length=12,
        choices=IdentityStatusChoice.choices,
        default=IdentityStatusChoice.UNVERIFIED,
    )
    name_comparison = models.CharField(
        _("name"), max_length=8, choices=ComparisonChoice.choices, default="missing"
    )
    id_number_comparison = models.CharField(
        _("ID number"), max_length=8, choices=ComparisonChoice.choices, default="missing"
    )
    phone_comparison = models.CharField(
        _("phone"), max_length=8, choices=ComparisonChoice.choices, default="missing"
    )
    bureau_record = models.ForeignKey(
        BureauRecord, on_delete=models.PROTECT, related_name="+", null=True, blank=True,
        verbose_name=_("bureau record"),
    )  # fmt: skip
    checked_at = models.DateTimeField(_("last check"), null=True, blank=True)
    changed_at = models.DateTimeField(_("last changed"))

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")
        indexes = [
            models.Index(fields=["status", "-customer"], name="verification_status_newest"),
            models.Index(
                fields=["phone_comparison", "-customer"], name="verification_phone_newest"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=IdentityStatusChoice.values),
                name="verification_status_known",
            ),
            models.CheckConstraint(
                condition=Q(name_comparison__in=ComparisonChoice.values)
                & Q(id_number_comparison__in=ComparisonChoice.values)
                & Q(phone_comparison__in=ComparisonChoice.values),
                name="verification_comparisons_known",
            ),
        ]

    def __str__(self) -> str:
        return str(self.customer)
