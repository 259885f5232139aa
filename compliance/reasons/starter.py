"""The reasons Sluice ships with. Operators edit the words afterwards; codes never change.

Legal bases name a source and its effective date as published; whether they apply to a given
lender must be confirmed by its lawyer.
"""

from __future__ import annotations

from dataclasses import dataclass

from compliance.reasons.facts import EndsBy, Level

PIPL_24 = (
    "个人信息保护法第二十四条 / Personal Information Protection Law, Article 24 "
    "(effective 2021-11-01); lawyer to confirm"
)


@dataclass(frozen=True, slots=True)
class StarterReason:
    code: str
    level: Level
    precedence: int
    ends_by: EndsBy
    is_appealable: bool
    text_zh: str
    text_en: str
    remedy_zh: str
    remedy_en: str
    legal_basis: str = ""


C, P, R = Level.CUSTOMER, Level.PLATFORM, Level.REGULATOR

STARTER_REASONS = (
    StarterReason(
        "REGULATOR_ORDER", R, 10, EndsBy.OPERATOR, False,
        "根据监管要求，该服务目前暂停使用。",
        "The service is paused by order of the regulator.",
        "无需您做任何操作。恢复后我们会立即通知您。",
        "There is nothing you need to do. We will tell you as soon as it is restored.",
    ),
    StarterReason(
        "EMERGENCY_STOP", P, 20, EndsBy.OPERATOR, False,
        "因系统突发情况，该服务暂时停用。这与您的信用无关。",
        "The service is stopped because of an emergency on our side. It is not about your credit.",
        "请稍后再试。恢复后您的额度和条件保持不变。",
        "Please try again later. Your limit and terms stay as they were.",
    ),
    StarterReason(
        "SYSTEM_MAINTENANCE", P, 30, EndsBy.DATE, False,
        "系统正在维护，该服务暂时不可用。这与您的信用无关。",
        "The system is under maintenance. It is not about your credit.",
        "请在维护结束后再试。",
        "Please try again after the maintenance ends.",
    ),
    StarterReason(
        "NOT_DECIDED", P, 40, EndsBy.FACT, False,
        "我们尚未对您的资格作出评估。",
        "We have not assessed your eligibility yet.",
        "请提交申请，评估通常立即完成。",
        "Please apply; the assessment is usually immediate.",
    ),
    StarterReason(
        "POLICY_CHANGED", P, 50, EndsBy.FACT, True,
        "我们的风险政策已调整，您目前不符合新的条件。",
        "Our risk policy has changed and you do not meet the new conditions at present.",
        "您可以申诉，或在下次复核时由系统重新评估。",
        "You may appeal, or wait for the next review, when you are assessed again.",
    ),
    StarterReason(
        "IDENTITY_FAILED", C, 100, EndsBy.FACT, True,
        "您的身份核验未通过。",
        "Your identity check did not pass.",
        "请准备好身份证原件，重新完成身份核验。",
        "Please have your identity card at hand and complete the identity check again.",
    ),
    StarterReason(
        "IDENTITY_MISMATCH", C, 110, EndsBy.FACT, True,
        "您登记的姓名或身份证号与征信机构的记录不一致。",
        "The name or identity number you gave differs from the credit bureau's record.",
        "请核对并更正您的个人资料；如征信记录有误，可向征信机构提出异议。",
        "Please check and correct your details; if the bureau is wrong, raise an objection with "
        "it.",
    ),
    StarterReason(
        "IDENTITY_UNVERIFIED", C, 120, EndsBy.FACT, True,
        "您尚未完成身份核验。",
        "You have not completed the identity check yet.",
        "请完成身份核验，通过后将自动重新评估。",
        "Please complete the identity check; you are assessed again once it passes.",
    ),
    StarterReason(
        "PHONE_MISMATCH", C, 130, EndsBy.FACT, True,
        "您登记的手机号与征信机构的记录不一致。",
        "The phone number on file differs from the credit bureau's record.",
        "请更新手机号并完成短信验证，或联系征信机构更正记录。",
        "Please update your phone number and confirm it by SMS, or have the bureau correct its "
        "record.",
    ),
    StarterReason(
        "PAYMENT_SERIOUSLY_LATE", C, 200, EndsBy.FACT, True,
        "您有还款逾期超过两个月。",
        "You have a payment that is more than two months late.",
        "请还清逾期款项，并在之后保持按时还款。",
        "Please pay what is overdue and keep paying on time afterwards.",
    ),
    StarterReason(
        "PAYMENT_LATE", C, 210, EndsBy.FACT, True,
        "您目前或近六个月内有逾期还款。",
        "You have, or had in the last six months, a late payment.",
        "请还清逾期款项；保持按时还款后将自动恢复。",
        "Please pay what is overdue; access returns by itself once you have paid on time.",
    ),
    StarterReason(
        "SCORE_TOO_LOW", C, 300, EndsBy.FACT, True,
        "您的信用分低于该服务的要求。",
        "Your credit score is below what this service requires.",
        "按时还款、降低已用额度有助于提高信用分；分数更新后将自动重新评估。",
        "Paying on time and using less of your limits helps; you are assessed again when it is "
        "updated.",
    ),
    StarterReason(
        "SCORE_UNKNOWN", C, 310, EndsBy.FACT, True,
        "我们没有您最近的信用分。",
        "We do not have a recent credit score for you.",
        "请在应用中授权更新信用分。",
        "Please authorise an update of your score in the app.",
    ),
    StarterReason(
        "APPLIED_TOO_OFTEN", C, 400, EndsBy.FACT, True,
        "您近期的借款申请次数过多。",
        "You have applied for credit too many times recently.",
        "请在 30 天内不要再提交新的申请，之后将自动重新评估。",
        "Please make no new application for 30 days; you are then assessed again.",
    ),
    StarterReason(
        "UTILISATION_HIGH", C, 410, EndsBy.FACT, True,
        "您已使用的额度占比过高。",
        "You are using too much of your existing credit.",
        "请偿还部分欠款，使已用额度降低。",
        "Please repay part of what you owe so that you use less of your limit.",
    ),
    StarterReason(
        "REPAYMENT_UNKNOWN", C, 420, EndsBy.FACT, True,
        "我们没有您最近的还款记录。",
        "We do not have a recent repayment record for you.",
        "请确认授权查询征信记录。",
        "Please confirm that we may query your credit record.",
    ),
    StarterReason(
        "DATA_STALE", P, 430, EndsBy.FACT, True,
        "我们掌握的您的部分信息已过时效，不能再作为评估依据。",
        "Some of what we know about you is too old to rely on.",
        "请在应用中授权更新您的信息；更新后将自动重新评估。",
        "Please authorise an update of your information in the app; you are then assessed again.",
    ),
    StarterReason(
        "ADDITIONAL_CHECK", C, 440, EndsBy.FACT, True,
        "我们正在对您的账户进行额外核查。",
        "We are making an additional check of your account.",
        "您可以补充身份或收入材料，也可以申诉；核查完成后将自动重新评估。",
        "You may add proof of your identity or income, or appeal; you are assessed again once the "
        "check is done.",
        PIPL_24,
    ),
    StarterReason(
        "AGE_UNKNOWN", C, 490, EndsBy.FACT, True,
        "我们没有您的出生日期，无法确认您的年龄。",
        "We do not have your date of birth and cannot confirm your age.",
        "请在个人资料中补充出生日期或重新完成身份核验；补充后将自动重新评估。",
        "Please add your date of birth or repeat the identity check; you are then assessed again.",
    ),
    StarterReason(
        "AGE_NOT_ELIGIBLE", R, 500, EndsBy.FACT, True,
        "您的年龄不在该服务允许的范围内。",
        "Your age is outside the range this service may be offered to.",
        "如年龄信息有误，请更正身份资料。",
        "If your age is recorded wrongly, please correct your identity details.",
    ),
    StarterReason(
        "NO_TERMS", P, 550, EndsBy.FACT, True,
        "我们目前没有适合您的额度和条件。",
        "We have no amount and terms to offer you at present.",
        "您可以申诉，或在下次复核时由系统重新评估。",
        "You may appeal, or wait for the next review, when you are assessed again.",
    ),
    StarterReason(
        "OPERATOR_REVIEW", P, 600, EndsBy.OPERATOR, True,
        "您的账户正在人工复核中。",
        "Your account is being reviewed by our staff.",
        "复核通常在 5 个工作日内完成，结果会通知您。您可以补充材料或申诉。",
        "A review usually takes five working days and we will tell you. You may add documents or "
        "appeal.",
        PIPL_24,
    ),
)  # fmt: skip
