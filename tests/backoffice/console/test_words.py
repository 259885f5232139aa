"""Every word the house says is said in Chinese too, its libraries' words included."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib import admin
from django.utils import translation
from django.utils.translation import gettext

from backoffice.console.theme import UNFOLD
from tests.backoffice.console import catalogue


def known_in_chinese() -> dict[str, str]:
    found: dict[str, str] = {}
    for folder in catalogue.CATALOGUES:
        found |= catalogue.translations(folder)
    return found


def test_every_string_marked_for_translation_has_its_chinese() -> None:
    known = known_in_chinese()
    plural_forms = set(catalogue.plurals().values())
    missing = {
        f"{where}: {text}"
        for where, text in catalogue.sources()
        if not known.get(text) and text not in plural_forms
    }
    assert sorted(missing) == []
    assert len(set(catalogue.sources())) > 800


@pytest.mark.parametrize("folder", catalogue.CATALOGUES, ids=lambda folder: folder.parts[-4])
def test_the_compiled_catalogue_is_the_written_one(folder: Path) -> None:
    assert catalogue.translations(folder) == catalogue.written(folder)
    assert len(catalogue.written(folder)) > 100


def test_the_catalogue_is_sorted_and_holds_nothing_that_is_not_said() -> None:
    ours = catalogue.CATALOGUES[0]
    keys = list(catalogue.written(ours))
    assert keys == sorted(keys)
    assert set(keys) <= {text for _where, text in catalogue.sources()}


def test_a_translation_keeps_the_places_for_values() -> None:
    place = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
    for folder in catalogue.CATALOGUES:
        for english, chinese in catalogue.written(folder).items():
            assert set(place.findall(english)) == set(place.findall(chinese)), english


def test_the_months_of_the_calendar_stay_months() -> None:
    """Our words win over the libraries': a short one may take the place of another meaning."""
    with translation.override("zh-hans"):
        assert gettext("May") == "五月"


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
