from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.lib import triggers


class EmploymentStatus(models.TextChoices):
    EMPLOYED = "employed", _("employed")
    SELF_EMPLOYED = "self_employed", _("self-employed")
    STUDENT = "student", _("student")
    RETIRED = "retired", pgettext_lazy("employment", "retired")
    UNEMPLOYED = "unemployed", _("unemployed")
    UNKNOWN = "unknown", _("unknown")


class Customer(models.Model):
    """One row is one customer of the lender. `*_sealed` is encrypted, `*_index` finds equals."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(_("customer"), max_length=40, unique=True, editable=False)
    reference = models.CharField(_("lender's reference"), max_length=64, unique=True)
    legal_name_sealed = models.BinaryField(null=True)
    legal_name_index = models.BinaryField(null=True)
    id_number_sealed = models.BinaryField(null=True)
    id_number_index = models.BinaryField(null=True)
    birth_date_sealed = models.BinaryField(null=True)
    phone_sealed = models.BinaryField(null=True)
    phone_index = models.BinaryField(null=True)
    email_sealed = models.BinaryField(null=True)
    email_index = models.BinaryField(null=True)
    address_sealed = models.BinaryField(null=True)
    employer_sealed = models.BinaryField(null=True)
    employment_status = models.CharField(
        _("employment"),
        max_length=15,
        choices=EmploymentStatus.choices,
        default=EmploymentStatus.UNKNOWN,
    )
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    # The province that first issued the identity number: two of its eighteen digits, readable, so
    # that whole populations can be looked at by region without opening anybody's number.
    region_code = models.CharField(_("region"), max_length=2, blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("customer since"))
    changed_at = models.DateTimeField(_("last changed"))

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        permissions = [
            ("reveal_customer", "Can see personal data in clear, with a reason"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(employment_status__in=EmploymentStatus.values),
                name="customer_employment_known",
            ),
            models.CheckConstraint(
                condition=Q(language__in=["zh-hans", "en"]), name="customer_language_known"
            ),
            models.CheckConstraint(condition=~Q(reference=""), name="customer_reference_given"),
        ]
        indexes = [
            models.Index(fields=["legal_name_index"], name="customer_by_name"),
            models.Index(fields=["id_number_index"], name="customer_by_id_number"),
            models.Index(fields=["phone_index"], name="customer_by_phone"),
            models.Index(fields=["email_index"], name="customer_by_email"),
            models.Index(fields=["changed_at", "id"], name="customer_by_change"),
        ]
        triggers = [triggers.frozen_columns("public_id", "created_at")]

    def __str__(self) -> str:
        return self.reference


class ConsentPurpose(models.TextChoices):
    CREDIT_DECISION = "credit_decision", _("credit decision")
    BUREAU_QUERY = "bureau_query", _("bureau query")
    MARKETING = "marketing", _("marketing")


class Consent(models.Model):
    """One row is one consent a customer gave, and when they withdrew it."""

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    purpose = models.CharField(_("purpose"), max_length=20, choices=ConsentPurpose.choices)
    document_version = models.CharField(_("document version"), max_length=40)
    granted_at = models.DateTimeField(_("granted at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "purpose"],
                condition=Q(withdrawn_at__isnull=True),
                name="consent_one_in_force_per_purpose",
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=ConsentPurpose.values), name="consent_purpose_known"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("granted_at")),
                name="consent_withdrawn_after_granted",
            ),
        ]

    def __str__(self) -> str:
        return self.purpose
