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


class FindingChoice(models.TextChoices):
    MATCH = facts.Finding.MATCH.value, _("match")
    PHONE = facts.Finding.PHONE.value, _("phone differs")
    NAME = facts.Finding.NAME.value, _("name differs")
    ID = facts.Finding.ID.value, _("ID number differs")
    MISSING = facts.Finding.MISSING.value, _("missing")


class CauseChoice(models.TextChoices):
    NONE = facts.Cause.NONE.value, "—"
    NO_RECORD = facts.Cause.NO_RECORD.value, _("the bureau has no record")
    NO_NAME = facts.Cause.NO_NAME.value, _("a name on one side only")
    NO_ID_NUMBER = facts.Cause.NO_ID_NUMBER.value, _("an ID number on one side only")
    NO_PHONE = facts.Cause.NO_PHONE.value, _("a phone on one side only")
    BAD_LENGTH = facts.Cause.BAD_LENGTH.value, _("not 18 characters")
    BAD_CHARACTERS = facts.Cause.BAD_CHARACTERS.value, _("characters no ID number has")
    BAD_BIRTH_DATE = facts.Cause.BAD_BIRTH_DATE.value, _("no possible date of birth")
    BAD_CHECK_DIGIT = facts.Cause.BAD_CHECK_DIGIT.value, _("wrong check digit")
    UNKNOWN_REGION = facts.Cause.UNKNOWN_REGION.value, _("unknown region")
    OTHER_PERSON = facts.Cause.OTHER_PERSON.value, _("another person's number")
    OTHER_BIRTH_DATE = facts.Cause.OTHER_BIRTH_DATE.value, _("another date of birth")
    OTHER_GENDER = facts.Cause.OTHER_GENDER.value, _("another gender")
    NEAR_NAME = facts.Cause.NEAR_NAME.value, _("nearly the same name")
    OTHER_NAME = facts.Cause.OTHER_NAME.value, _("another name")
    NEAR_PHONE = facts.Cause.NEAR_PHONE.value, _("nearly the same phone")
    OTHER_PHONE = facts.Cause.OTHER_PHONE.value, _("another phone")


class CaseStateChoice(models.TextChoices):
    OPEN = facts.CaseState.OPEN.value, _("to be decided")
    WAITING = facts.CaseState.WAITING.value, _("customer asked")
    DECIDED = facts.CaseState.DECIDED.value, _("ruled on")
    SETTLED = facts.CaseState.SETTLED.value, _("settled by new data")


class RulingChoice(models.TextChoices):
    NONE = "", "—"
    SAME_PERSON = facts.Ruling.SAME_PERSON.value, _("the same person")
    OTHER_PERSON = facts.Ruling.OTHER_PERSON.value, _("another person")
    ASK_CUSTOMER = facts.Ruling.ASK_CUSTOMER.value, _("ask the customer")


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
            models.Index(fields=["changed_at", "customer"], name="verification_by_change"),
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


class IdentityVerdict(models.Model):
    """One row is what comparing one customer with a bureau once found; values keyed-hashed."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    bureau_record = models.ForeignKey(
        BureauRecord, on_delete=models.PROTECT, related_name="+", verbose_name=_("bureau record")
    )
    finding = models.CharField(_("finding"), max_length=8, choices=FindingChoice.choices)
    cause = models.CharField(_("cause"), max_length=20, choices=CauseChoice.choices, blank=True)
    legal_name_ours = models.BinaryField(null=True)
    legal_name_theirs = models.BinaryField(null=True)
    id_number_ours = models.BinaryField(null=True)
    id_number_theirs = models.BinaryField(null=True)
    phone_ours = models.BinaryField(null=True)
    phone_theirs = models.BinaryField(null=True)
    compared_at = models.DateTimeField(_("compared at"))

    class Meta:
        verbose_name = _("identity finding")
        verbose_name_plural = _("identity findings")
        indexes = [models.Index(fields=["customer", "-id"], name="verdict_customer_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(finding__in=FindingChoice.values), name="verdict_finding_known"
            ),
            models.CheckConstraint(
                condition=Q(cause__in=CauseChoice.values), name="verdict_cause_known"
            ),
        ]
        triggers = triggers.append_only()

    def __str__(self) -> str:
        return f"{self.finding} {self.cause}".strip()


class IdentityCase(models.Model):
    """One row is one difference of one customer that staff look at; one at a time."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(_("case"), max_length=40, unique=True, editable=False)
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    verdict = models.ForeignKey(
        IdentityVerdict, on_delete=models.PROTECT, related_name="+", verbose_name=_("finding")
    )
    finding = models.CharField(_("finding"), max_length=8, choices=FindingChoice.choices)
    cause = models.CharField(
        _("cause"), max_length=20, choices=CauseChoice.choices, blank=True, default="",
        db_default="",
    )  # fmt: skip
    state = models.CharField(_("state"), max_length=8, choices=CaseStateChoice.choices)
    ruling = models.CharField(
        _("decision"), max_length=12, choices=RulingChoice.choices, blank=True, default=""
    )
    opened_at = models.DateTimeField(_("opened at"))
    ruled_at = models.DateTimeField(_("ruled at"), null=True, blank=True)
    ruled_by = models.CharField(_("decided by"), max_length=120, blank=True, default="")

    class Meta:
        verbose_name = _("identity case")
        verbose_name_plural = _("identity cases")
        permissions = [("decide_identitycase", "Can decide whether two records are one person")]
        indexes = [
            models.Index(fields=["customer", "-id"], name="case_customer_newest"),
            models.Index(fields=["state", "-id"], name="case_state_newest"),
            models.Index(fields=["finding", "-id"], name="case_finding_newest"),
            models.Index(fields=["cause", "-id"], name="case_cause_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(state__in=["open", "waiting"]),
                name="case_one_open_per_customer",
            ),
            models.CheckConstraint(
                condition=Q(state__in=CaseStateChoice.values), name="case_state_known"
            ),
            models.CheckConstraint(
                condition=Q(finding__in=FindingChoice.values), name="case_finding_known"
            ),
            models.CheckConstraint(
                condition=Q(cause__in=CauseChoice.values), name="case_cause_known"
            ),
            models.CheckConstraint(
                condition=Q(ruling__in=RulingChoice.values), name="case_ruling_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="decided")
                | Q(ruling__in=["same_person", "other_person"], ruled_at__isnull=False),
                name="case_decided_has_ruling",
            ),
        ]  # fmt: skip
        triggers = [
            triggers.frozen_columns("public_id", "customer_id", "opened_at"),
            triggers.frozen_columns(
                "state", "ruling", "verdict_id", "ruled_at", "ruled_by",
                when="OLD.state IN ('decided', 'settled')", name="stays_ended",
            ),
            triggers.no_delete(),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.public_id
