"""A version on trial beside the one in force, on real decisions.

What is read is bounded: the newest decisions of the trial, found by index. The cost is the same
after a day and after ten million decisions.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection

from risk.decisions.models import Decision, DecisionState, ShadowDecision
from risk.policies.models import PolicyTrial, TrialKind

SHADOWS_READ = 100_000
DECISIONS_READ = 20_000  # of each side: their reasons are in the stored answer, a text to parse
SAMPLES = 12

_SHADOW = """
SELECT (decided_at AT TIME ZONE %s)::date, live_state, state, count(*),
       sum(live_limit_cents), count(live_limit_cents), sum(limit_cents), count(limit_cents),
       count(*) FILTER (WHERE differs)
FROM (
    SELECT * FROM risk_shadowdecision WHERE trial_id = %s ORDER BY id DESC LIMIT %s
) AS newest
GROUP BY 1, 2, 3
"""
_SHADOW_REASONS = """
SELECT code, sum(live), sum(candidate),
       sum(greatest(candidate - live, 0)), sum(greatest(live - candidate, 0))
FROM (
    SELECT newest.id, code, sum(live) AS live, sum(candidate) AS candidate
    FROM (
        SELECT id, reason_codes, live_reason_codes FROM risk_shadowdecision
        WHERE trial_id = %s AND state IS NOT NULL ORDER BY id DESC LIMIT %s
    ) AS newest
    CROSS JOIN LATERAL (
        SELECT jsonb_array_elements_text(live_reason_codes) AS code, 1 AS live, 0 AS candidate
        UNION ALL
        SELECT jsonb_array_elements_text(reason_codes), 0, 1
    ) AS said
    GROUP BY newest.id, code
) AS by_decision
GROUP BY code ORDER BY code
"""
# The first and last decision of the trial by time, so that the index by version is read between
# them only.
_ARM = """
SELECT (decided_at AT TIME ZONE %s)::date, state, count(*), sum(limit_cents), count(limit_cents),
       (SELECT jsonb_object_agg(code, times) FROM (
            SELECT code, count(*) AS times
            FROM unnest(array_agg(reasons)) AS each, jsonb_array_elements_text(each) AS code
            GROUP BY code
        ) AS counted)
FROM (
    SELECT decided_at, state, (answer::jsonb ->> 'limit_cents')::bigint AS limit_cents,
           answer::jsonb -> 'reason_codes' AS reasons
    FROM risk_decision
    WHERE policy_version_id = %s AND decided_at >= %s AND decided_at < %s
      AND id >= (SELECT id FROM risk_decision WHERE decided_at >= %s ORDER BY decided_at LIMIT 1)
      AND id <= (SELECT id FROM risk_decision WHERE decided_at < %s
                 ORDER BY decided_at DESC LIMIT 1)
    ORDER BY id DESC LIMIT %s
) AS newest
GROUP BY 1, 2
"""


@dataclass(slots=True)
class Side:
    """One version's answers: by state, by day, with the mean limit and the reasons given."""

    states: Counter[str] = field(default_factory=Counter)
    days: dict[dt.date, Counter[str]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    limits_sum: int = 0
    limits: int = 0

    @property
    def decisions(self) -> int:
        return self.states.total()

    @property
    def mean_limit_cents(self) -> int | None:
        return self.limits_sum // self.limits if self.limits else None

    def add(self, day: dt.date, state: str, count: int, limits_sum: Any, limits: int) -> None:
        self.states[state] += count
        self.days.setdefault(day, Counter())[state] += count
        self.limits_sum += int(limits_sum or 0)
        self.limits += limits


@dataclass(slots=True)
class Comparison:
    """`agreement` is (given, candidate) → decisions and, like gained and lost, only a shadow's:
    there both sides answer about the same customer."""

    live: Side = field(default_factory=Side)
    candidate: Side = field(default_factory=Side)
    agreement: Counter[tuple[str, str]] = field(default_factory=Counter)
    gained: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    differing: int = 0
    errors: int = 0
    is_capped: bool = False

    @property
    def days(self) -> list[dt.date]:
        return sorted(self.live.days.keys() | self.candidate.days.keys())

    @property
    def reason_codes(self) -> list[str]:
        return sorted(self.live.reasons.keys() | self.candidate.reasons.keys())


def compared(*, trial: PolicyTrial, at: dt.datetime) -> Comparison:
    """Two statements, whatever the trial has seen."""
    if trial.kind == TrialKind.SHADOW:
        return _shadow(trial)
    found = Comparison()
    until = trial.ended_at or at + dt.timedelta(seconds=1)
    for side, version_id in (
        (found.live, trial.live_version_id),
        (found.candidate, trial.version_id),
    ):
        _read_arm(side, version_id, trial.started_at, until)
    found.is_capped = DECISIONS_READ in (found.live.decisions, found.candidate.decisions)
    return found


def samples(*, trial: PolicyTrial) -> Iterable[Any]:
    """The newest customers with another answer (a shadow), or decided by the challenger."""
    if trial.kind == TrialKind.SHADOW:
        rows = ShadowDecision.objects.filter(trial_id=trial.pk, differs=True)
        return rows.select_related("customer", "decision").order_by("-id")[:SAMPLES]
    decided = Decision.objects.filter(
        policy_version_id=trial.version_id, decided_at__gte=trial.started_at
    )
    return decided.select_related("customer").order_by("-id")[:SAMPLES]


def _shadow(trial: PolicyTrial) -> Comparison:
    found = Comparison()
    with connection.cursor() as cursor:
        cursor.execute(_SHADOW, [settings.LENDER_TIME_ZONE, trial.pk, SHADOWS_READ])
        for day, given, state, count, given_sum, givens, limits_sum, limits, differ in cursor:
            found.differing += differ
            found.live.add(day, given, count, given_sum, givens)
            if state is None:
                found.errors += count
                continue
            found.candidate.add(day, state, count, limits_sum, limits)
            found.agreement[given, state] += count
        cursor.execute(_SHADOW_REASONS, [trial.pk, SHADOWS_READ])
        for code, given, said, gained, lost in cursor:
            found.live.reasons[code], found.candidate.reasons[code] = int(given), int(said)
            found.gained[code], found.lost[code] = int(gained), int(lost)
    found.is_capped = found.live.decisions == SHADOWS_READ
    return found


def _read_arm(side: Side, version_id: int, since: dt.datetime, until: dt.datetime) -> None:
    given: list[int | str | dt.datetime] = [
        settings.LENDER_TIME_ZONE, version_id, since, until, since, until, DECISIONS_READ,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_ARM, given)
        for day, state, count, limits_sum, limits, reasons in cursor:
            side.add(day, state, count, limits_sum, limits)
            side.reasons.update(_counts(reasons))


def _counts(reasons: Any) -> Mapping[str, int]:
    """A raw cursor gives jsonb as text."""
    return reasons if isinstance(reasons, dict) else json.loads(reasons or "{}")


def agreement_rows(found: Comparison) -> list[dict[str, Any]]:
    """The matrix as rows: what was given, then how often the candidate said each state."""
    return [
        {
            "state": given,
            "cells": [
                {"state": said, "count": found.agreement[given, said], "is_same": said == given}
                for said in DecisionState.values
            ],
        }
        for given in DecisionState.values
    ]
