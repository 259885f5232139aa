"""The caller's language, by Accept-Language."""

from __future__ import annotations

import pytest

from tests.api_client import LenderApp


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("en", "en"),
        ("zh-hans", "zh-hans"),
        ("zh-Hans-CN", "zh-hans"),
        ("zh-CN", "zh-hans"),
        ("zh", "zh-hans"),
        ("en-US,en;q=0.9", "en"),
        ("en;q=0.8, zh-hans;q=0.9", "zh-hans"),
        ("zh-hans;q=0.1, en;q=0.2", "en"),
        ("fr, en;q=0.5", "en"),
        ("fr, de", "zh-hans"),
        ("*", "zh-hans"),
        ("", "zh-hans"),
        ("\x00", "zh-hans"),
        ("; ;,,;q=", "zh-hans"),
        ("en" * 400, "zh-hans"),
        ("../../etc", "zh-hans"),
    ],
)
def test_the_best_language_we_speak_is_chosen(app: LenderApp, asked: str, given: str) -> None:
    app.language = asked
    answer = app.get("things")
    assert (answer.status_code, answer.json()["language"]) == (200, given)
    assert answer["Content-Language"] == given
    assert "accept-language" in answer["Vary"].lower()


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "This field is required."), ("zh-hans", "该字段是必填项。")],
)
def test_refusals_are_said_in_it(app: LenderApp, language: str, words: str) -> None:
    app.language = language
    assert app.post("things", {}).json()["errors"][0]["detail"] == words


def test_one_callers_language_is_not_the_nexts(app: LenderApp) -> None:
    for language, words in [("zh-hans", "该字段是必填项。"), ("en", "This field is required.")] * 2:
        app.language = language
        assert app.post("things", {}).json()["errors"][0]["detail"] == words
