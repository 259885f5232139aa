"""Telling Sluice what is known about a customer, and reading what a decision would see."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from backoffice.lib import clock
from compliance.ledger.models import LedgerEntry
from risk.signals.catalogue import SIGNALS
from risk.signals.facts import SignalType
from tests.api_client import LenderApp
from tests.problems import faults
from tests.snapshots import nothing_written

NOW = "2026-06-01T04:00:00Z"
NOTHING = {SignalType.NUMBER: "0", SignalType.BOOLEAN: False}
UNKNOWN = {
    **{name: None if s.may_be_null else NOTHING.get(s.type) for name, s in SIGNALS.items()},
    "identity_status": "unverified", "name_comparison": "missing",
    "id_number_comparison": "missing", "phone_comparison": "missing", "profile_age_days": "0",
}  # fmt: skip


@pytest.fixture
def app(db: None, still: dt.datetime) -> LenderApp:
    return LenderApp()


@pytest.fixture
def path(app: LenderApp) -> str:
    return f"customers/{app.post('customers', {'reference': 'A-1'}).json()['id']}/signals"


def write(app: LenderApp, path: str, observed_at: str = NOW, **values: Any) -> Any:
    return app.post(path, {"observed_at": observed_at, "values": values})


def test_before_anything_is_known_every_signal_is_null(app: LenderApp, path: str) -> None:
    assert app.get(path).json() == {"values": UNKNOWN, "stale": [], "capped": []}


def test_what_is_written_comes_back_exactly_as_a_decision_sees_it(
    app: LenderApp, path: str
) -> None:
    answer = write(
        app, path, score=720, utilisation="0.25", payment_ratio_6m=0.1, months_late_now=0,
        current_limit_cents=10**15, age_years="35",
    )  # fmt: skip
    assert answer.status_code == 201
    assert answer.json() == {
        "values": {
            **UNKNOWN, "score": "720", "utilisation": "0.2500", "payment_ratio_6m": "0.1000",
            "months_late_now": "0", "current_limit_cents": "1000000000000000", "age_years": "35",
            "score_band": "excellent", "utilisation_trend_30d": "0.0000",
            "utilisation_trend_90d": "0.0000", "score_age_days": "0", "repayment_age_days": "0",
        },
        "stale": [],
        "capped": [],
    }  # fmt: skip
    assert app.get(path).json() == answer.json()
    assert list(answer.json()["values"]) == list(SIGNALS)
    entry = LedgerEntry.objects.get(action="signals.written")
    assert entry.detail["signals"] == [
        "age_years", "current_limit_cents", "months_late_now", "payment_ratio_6m", "score",
        "utilisation",
    ]  # fmt: skip


def test_older_news_never_undoes_newer_news_of_the_same_source(app: LenderApp, path: str) -> None:
    write(app, path, score=720, age_years=35)
    late = write(app, path, "2026-05-31T00:00:00Z", score=500, utilisation="0.5").json()["values"]
    assert (late["score"], late["utilisation"], late["age_years"]) == ("720", "0.5000", "35")


def test_null_means_no_longer_known(app: LenderApp, path: str) -> None:
    write(app, path, score=720)
    assert write(app, path, score=None).json()["values"]["score"] is None


def test_what_is_too_old_is_null_and_named_as_stale(
    app: LenderApp, path: str, still: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(app, path, score=720, utilisation="0.5", applications_7d=3)
    monkeypatch.setattr(clock, "now", lambda: still + dt.timedelta(days=46))
    body = app.get(path).json()
    assert body["stale"] == ["utilisation", "applications_7d"]
    assert (body["values"]["score"], body["values"]["utilisation"]) == ("720", None)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("score", 1001, "max_value"), ("score", -1, "min_value"),
        ("score", 1.5, "max_decimal_places"),
        ("score", "NaN", "invalid"), ("score", True, "invalid"), ("score", "high", "invalid"),
        ("score", 10**30, "max_digits"), ("score", [720], "invalid"), ("score", "", "invalid"),
        ("utilisation", 0.00001, "max_decimal_places"), ("utilisation", 1001, "max_value"),
        ("age_years", 151, "max_value"), ("months_late_now", -1, "min_value"),
        ("current_limit_cents", 10**15 + 1, "max_value"),
        ("applications_7d", 10**6 + 1, "max_value"),
        ("scoer", 720, "unknown_field"), ("identity_status", "verified", "unknown_field"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_true_is_refused(
    app: LenderApp, path: str, name: str, value: Any, code: str
) -> None:
    with nothing_written():
        answer = write(app, path, **{name: value, "months_late_max_6m": 0})
    assert faults(answer) == {f"/values/{name}": code}


def test_saying_nothing_is_refused(app: LenderApp, path: str) -> None:
    with nothing_written():
        assert faults(write(app, path)) == {"/values": "required"}


def test_the_future_is_refused_beyond_what_clocks_differ(app: LenderApp, path: str) -> None:
    assert write(app, path, "2026-06-01T04:05:00Z", score=1).status_code == 201
    with nothing_written():
        answer = write(app, path, "2026-06-01T04:05:01Z", score=2)
    assert faults(answer, 422, "time_in_future") == {"/observed_at": "time_in_future"}


def test_reading_takes_seven_queries(
    app: LenderApp, path: str, django_assert_num_queries: Any
) -> None:
    # Who asks; the customer; what is stored, verified, counted, shared and worked out.
    with django_assert_num_queries(7):
        app.get(path)


# ── the catalogue ───────────────────────────────────────────────────────────────────────────


def test_the_catalogue_says_everything_of_every_signal_in_both_languages(app: LenderApp) -> None:
    found = app.get("signals").json()["results"]
    assert [one["name"] for one in found] == list(SIGNALS)
    said = {one["name"]: one for one in found}
    for one in found:
        for words in (one["label"], one["basis"], one["remedy_hint"] or one["label"]):
            assert set(words) == {"zh-hans", "en"}
            assert words["zh-hans"] != words["en"]
        assert (one["remedy_hint"] is not None) == one["is_actionable"]
    score = said["score"]
    assert (score["unit"], score["source"], score["fresh_days"]) == ("points", "score", 90)
    assert (score["least"], score["greatest"], score["may_be_null"]) == ("0", "1000", True)
    assert score["moved_by"] == ["score"]
    counted = said["seen_applications_7d"]
    assert counted["label"] == {
        "zh-hans": "近 7 天申请次数（按事件统计）", "en": "applications counted within 7 days",
    }  # fmt: skip
    assert (counted["family"], counted["fresh_days"]) == ("window", None)
    assert (said["device_applications_24h"]["source"], counted["source"]) == ("links", "events")


def test_the_catalogue_is_closed_to_who_may_not_read_customers(app: LenderApp) -> None:
    assert LenderApp(scopes=("decisions:read",)).get("signals").status_code == 403
