"""Trials in the console: both sides compared on one page, and the button that stops one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.enums import ActionVariant

from backoffice.console.actions import Given, reasoned
from backoffice.console.dashboard import SIDE_BY_SIDE_OPTIONS, STACKED_OPTIONS, chart
from backoffice.console.labels import (
    ACCESS_WORDS,
    CHART_COLOURS,
    SERIES_COLOURS,
    coloured,
)
from backoffice.console.lists import KeysetAdmin
from backoffice.lib import clock
from compliance.ledger import queries as ledger
from compliance.ledger.callers import signed
from compliance.reasons import queries as reasons
from risk.decisions import comparison
from risk.decisions.comparison import Comparison, Side
from risk.policies import trials
from risk.policies.models import PolicyTrial, TrialKind
from risk.policies.screens import version_link


@admin.register(PolicyTrial)
class PolicyTrialAdmin(KeysetAdmin):
    list_display = (
        "public_id", "product_label", "kind_label", "version_link", "live_link", "share_percent",
        "started_at", "ended_at",
    )  # fmt: skip
    list_filter = ("kind",)
    list_select_related = ("product", "version", "live_version")
    list_deferred = ("version__content", "live_version__content")
    change_form_template = "decisions/trial.html"
    actions_detail = ("stop",)

    @display(description=_("kind"))
    def kind_label(self, trial: PolicyTrial) -> SafeString:
        return coloured(
            "running" if trial.ended_at is None else "retired", trial.get_kind_display()
        )

    @display(description=_("policy version"))
    def version_link(self, trial: PolicyTrial) -> SafeString:
        return version_link(trial.version)

    @display(description=_("compared with"))
    def live_link(self, trial: PolicyTrial) -> SafeString:
        return version_link(trial.live_version)

    def possible_actions(self, row: PolicyTrial) -> set[str]:
        return {"stop"} if row.ended_at is None else set()

    def page(self, request: HttpRequest, row: PolicyTrial) -> dict[str, Any]:
        return trial_page(row)

    @reasoned(
        _("Stop the trial"), icon="stop_circle", permission="risk.try_policyversion",
        variant=ActionVariant.DANGER,
        about=_("From now on the version in force decides alone."),
        button=_("Stop"), done=_("The trial has stopped."),
    )  # fmt: skip
    def stop(self, request: HttpRequest, trial: PolicyTrial, given: Given) -> None:
        trials.stop(public_id=trial.public_id, note=given["reason"], **signed(request))


def trial_page(trial: PolicyTrial) -> dict[str, Any]:
    """What one trial shows: both sides, their difference, and customers to look at."""
    found = comparison.compared(trial=trial, at=clock.now())
    is_shadow = trial.kind == TrialKind.SHADOW
    return {
        "trial": trial,
        "is_shadow": is_shadow,
        "found": found,
        "sides": [
            {"label": _now("in force"), "version": trial.live_version, **_side(found.live)},
            {"label": _now("on trial"), "version": trial.version, **_side(found.candidate)},
        ],
        "agreement": comparison.agreement_rows(found) if is_shadow else [],
        "share_same": _share(found.live.decisions - found.differing, found.live.decisions),
        "reasons": _reasons(found),
        "charts": _charts(found, is_shadow=is_shadow),
        "samples": list(comparison.samples(trial=trial)),
        "names": ledger.actor_names([trial.started_by, trial.ended_by or trial.started_by]),
    }


def _side(side: Side) -> dict[str, Any]:
    states = [
        {"code": code, "label": label, "count": side.states[code],
         "share": _share(side.states[code], side.decisions)}
        for code, label in ACCESS_WORDS.items()
    ]  # fmt: skip
    return {"decisions": side.decisions, "states": states, "limit": side.mean_limit_cents}


def _share(count: int, total: int) -> str:
    return f"{count / total:.1%}" if total else "—"


def _reasons(found: Comparison) -> list[dict[str, Any]]:
    codes = found.reason_codes
    known = reasons.reasons(codes=codes, language=get_language() or "zh-hans")
    texts = {reason.code: reason.text for reason in known}
    return [
        {
            "code": code,
            "text": texts.get(code, code),
            "live": found.live.reasons[code],
            "live_share": _share(found.live.reasons[code], found.live.decisions),
            "candidate": found.candidate.reasons[code],
            "candidate_share": _share(found.candidate.reasons[code], found.candidate.decisions),
            "gained": found.gained[code],
            "lost": found.lost[code],
        }
        for code in codes
    ]


def _charts(found: Comparison, *, is_shadow: bool) -> list[dict[str, Any]]:
    """In the shape of the home page's chart tiles."""
    days = found.days
    if not days:
        return []
    labels = [day.strftime("%m-%d") for day in days]
    shown = []
    for title, side in ((_now("In force, by day"), found.live),
                        (_now("On trial, by day"), found.candidate)):  # fmt: skip
        series = [
            (label, [side.days.get(day, Counter())[code] for day in days], CHART_COLOURS[code])
            for code, label in ACCESS_WORDS.items()
        ]
        shown.append(_tile(title, labels, series, STACKED_OPTIONS))
    closed = [
        (label, [_per_cent(side, day) for day in days], colour)
        for label, side, colour in (
            (_now("in force"), found.live, SERIES_COLOURS[5]),
            (_now("on trial"), found.candidate, SERIES_COLOURS[0]),
        )
    ]
    return [*shown, _tile(_now("Closed, % by day"), labels, closed, SIDE_BY_SIDE_OPTIONS)]


def _per_cent(side: Side, day: Any) -> float:
    states = side.days.get(day)
    return round(100 * states["CLOSED"] / states.total(), 1) if states else 0.0


def _tile(title: str, labels: list[str], series: Iterable[Any], options: str) -> dict[str, Any]:
    drawn = list(series)
    figures = {"labels": labels, "datasets": [{"label": s[0], "data": s[1]} for s in drawn]}
    return {"title": title, "chart": chart(labels, drawn), "options": options, "figures": figures}
