"""What customers read: every template in both languages with every reason."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.access.announcing import TEMPLATES
from accounts.verification.deciding import NOTICE
from compliance.notices import queries
from compliance.notices.models import Notice
from compliance.reasons.starter import STARTER_REASONS
from tests.compliance.notices.conftest import OPEN
from tests.lender import AT, Lender

LANGUAGES = ("zh-hans", "en")
HAN = re.compile(r"[\u4e00-\u9fff]")


def notice(template: str, **context: Any) -> Notice:
    return Notice(public_id="not_1", template=template, context={**OPEN, **context}, queued_at=AT)


def test_every_template_exists_in_both_languages_and_no_other() -> None:
    folder = Path(settings.ROOT) / "templates" / "notices"
    expected = {
        f"{name}.{language}.txt" for name in (*TEMPLATES.values(), NOTICE) for language in LANGUAGES
    }
    assert {path.name for path in folder.glob("*.txt")} == expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", sorted(TEMPLATES.values()))
def test_every_reason_is_said_with_its_remedy_in_the_customer_s_language(
    lender: Lender, template: str, language: str
) -> None:
    codes = [reason.code for reason in STARTER_REASONS]
    messages = queries.rendered_all(
        [notice(template, reason_codes=[code]) for code in codes], language=language
    )
    for starter, message in zip(STARTER_REASONS, messages, strict=True):
        says = (starter.text_zh, starter.remedy_zh) if language == "zh-hans" else (
            starter.text_en, starter.remedy_en,
        )  # fmt: skip
        assert message.title
        assert "\n" not in message.title
        if template != "access_open":
            assert all(text in message.body for text in says)
        text = message.title + message.body
        assert bool(HAN.search(text)) is (language == "zh-hans")
        assert not re.search(r"[{}%]\s*(if|for|endif|None)|&\w+;|None", text)


def test_terms_are_told_exactly(lender: Lender) -> None:
    opened = notice("access_open")
    english = queries.rendered(opened, language="en")
    assert english.title == "Your Flex Credit is open"
    assert english.body == (
        "You can use Flex Credit now, up to ¥200,000 for at most 12 months.\n"
        "The yearly interest rate is 7.2%."
    )
    chinese = queries.rendered(opened, language="zh-hans")
    assert chinese.title == "您的灵活借已开通"
    assert chinese.body == (
        "您现在可以使用灵活借,最高额度 ¥200,000,最长 12 个月。\n年化利率(单利)为 7.2%。"
    )


def test_a_limit_is_told_with_what_is_left_and_the_way_back(lender: Lender) -> None:
    limited = notice("access_limited", limit_cents=1_000_050, reason_codes=["PHONE_MISMATCH"])
    assert queries.rendered(limited, language="en").body == (
        "You can still use Flex Credit, at present up to ¥10,000.50 for at most 12 months.\n"
        "The yearly interest rate is 7.2%.\n"
        "\n"
        "Why: The phone number on file differs from the credit bureau's record.\n"
        "What you can do: Please update your phone number and confirm it by SMS, or have the "
        "bureau correct its record."
    )


def test_the_most_important_reason_is_said_first(lender: Lender) -> None:
    closed = notice("access_closed", reason_codes=["SCORE_TOO_LOW", "REGULATOR_ORDER"])
    body = queries.rendered(closed, language="en").body
    assert body.index("order of the regulator") < body.index("score is below")


def test_an_older_notice_without_a_rate_still_reads_well(lender: Lender) -> None:
    older = notice("access_open")
    del older.context["annual_rate"]
    assert queries.rendered(older, language="en").body == (
        "You can use Flex Credit now, up to ¥200,000 for at most 12 months."
    )


def test_a_page_of_notices_is_rendered_with_one_query(
    lender: Lender, django_assert_num_queries: Any
) -> None:
    many = [notice("access_closed", reason_codes=[r.code]) for r in STARTER_REASONS]
    with django_assert_num_queries(1):
        assert len(queries.rendered_all(many, language="zh-hans")) == len(STARTER_REASONS)
