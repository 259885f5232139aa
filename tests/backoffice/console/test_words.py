"""What the libraries behind the console leave in English is said in Chinese too."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.utils import translation
from django.utils.translation import gettext

from backoffice.console.theme import UNFOLD


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Apply Filters", "应用筛选"),
        ("Type to search", "输入以搜索"),
        ("Submit", "提交"),
        ("Sign in with a passkey", "使用通行密钥登录"),
        ("Range query expects two values.", "区间查询需要两个值。"),
    ],
)
def test_theme_and_library_words_are_translated(english: str, chinese: str) -> None:
    with translation.override("zh-hans"):
        assert gettext(english) == chinese


def test_every_word_of_the_sidebar_is_translated() -> None:
    with translation.override("en"):
        english = {str(title) for title in _titles()}
    with translation.override("zh-hans"):
        assert not {str(title) for title in _titles()} & english


def test_every_screen_in_the_sidebar_is_registered() -> None:
    registered = {f"{m._meta.app_label}_{m._meta.model_name}" for m in admin.site._registry}
    with translation.override("en"):
        missing = [
            str(item["title"])
            for group in UNFOLD["SIDEBAR"]["navigation"]
            for item in group["items"]
            if not str(item["link"])
        ]
    assert missing == []
    assert "auth_group" not in registered


def _titles() -> list[object]:
    groups = UNFOLD["SIDEBAR"]["navigation"]
    items = [item["title"] for group in groups for item in group["items"]]
    return [group["title"] for group in groups if group["title"]] + items
