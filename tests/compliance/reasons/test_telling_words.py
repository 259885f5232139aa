"""Reasons given because of links to other people tell nothing of them, whoever edits the words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.staff.facts import Role
from compliance.ledger.facts import system
from compliance.ledger.models import LedgerEntry
from compliance.reasons import services
from compliance.reasons.facts import FOR_ASSOCIATION
from compliance.reasons.models import Reason
from compliance.reasons.rules import tells_of_others
from compliance.reasons.starter import STARTER_REASONS

TEXTS = ("text_zh", "text_en", "remedy_zh", "remedy_en")


def test_the_reasons_for_association_ship_with_words_that_tell_of_nobody_else() -> None:
    shipped = {reason.code: reason for reason in STARTER_REASONS}
    assert sorted(FOR_ASSOCIATION) == ["ADDITIONAL_CHECK", "OPERATOR_REVIEW"]
    for code in FOR_ASSOCIATION:
        reason = shipped[code]
        assert [tells_of_others(getattr(reason, name)) for name in TEXTS] == [""] * 4
        assert tells_of_others(code.replace("_", " ")) == ""  # customers' apps are given the code
        assert reason.is_appealable


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("您的设备与他人共用。", "他人"),
        ("您的账户与其他客户存在关联。", "其他客户"),
        ("同一手机号被多人使用。", "同一"),
        ("Your phone is shared with somebody.", "shared"),
        ("You are LINKED to a restricted account.", "LINKED"),
        ("Another customer uses your address.", "Another"),
        ("We are making an additional check of your account.", ""),
        ("请补充其他材料。", ""),
        ("Otherwise nothing changes.", ""),
    ],
)
def test_words_that_tell_of_somebody_else_are_found(text: str, told: str) -> None:
    assert tells_of_others(text) == told


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "changes", "is_kept"),
    [
        ("ADDITIONAL_CHECK", {"text_en": "Somebody shares your device."}, False),
        ("ADDITIONAL_CHECK", {"remedy_zh": "请联系与您共用设备的人。"}, False),
        ("ADDITIONAL_CHECK", {"text_en": "Your account is being checked."}, True),
        ("NO_TERMS", {"text_en": "Another product may suit you."}, True),
    ],
)
def test_an_operator_is_stopped_before_such_words_are_kept(
    code: str, changes: dict[str, str], is_kept: bool, as_role: Callable[[Role], Client]
) -> None:
    services.install_starter_reasons(actor=system("test"))
    reason = Reason.objects.get(code=code)
    before, entries = Reason.objects.values().get(code=code), LedgerEntry.objects.count()
    form: dict[str, Any] = {
        name: before[name]
        for name in ("level", "precedence", *TEXTS, "ends_by", "legal_basis")
    } | {"is_appealable": "on", "is_active": "on", "why": "clearer", **changes}  # fmt: skip
    address = reverse("admin:compliance_reason_change", args=[reason.pk])
    answer = as_role(Role.COMPLIANCE_OFFICER).post(address, form)
    assert (answer.status_code == 302) is is_kept, answer
    after = Reason.objects.values().get(code=code)
    assert after == ({**before, **changes} if is_kept else before)
    assert LedgerEntry.objects.count() == entries + is_kept
    if not is_kept:
        assert "must tell nothing of them" in answer.content.decode()
