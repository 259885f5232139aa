"""That what is known is too old to use is an outcome of its own, with its own reason."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from accounts.access.facts import State
from risk.decisions import services
from risk.decisions.models import Decision
from risk.policies import starter
from tests.lender import AT, Lender

OLD = AT + dt.timedelta(days=91)  # a score is fresh for ninety days


def strict_about_age_of_data() -> dict[str, Any]:
    content = starter.consumer_credit()
    table = content["tables"][0]
    table["inputs"].append({"name": "score_is_stale", "type": "boolean"})
    for rule in table["rules"]:
        rule["inputs"].append("-")
    table["rules"][4]["inputs"][8] = "false"  # never had a score
    table["rules"].append(
        {"inputs": ["-"] * 8 + ["true"], "outputs": ['"DATA_STALE"', '"CLOSED"', "", ""]}
    )
    return content


def test_never_known_and_known_too_long_ago_have_reasons_of_their_own(lender: Lender) -> None:
    lender.publish(strict_about_age_of_data())
    scored = lender.customer("C-1")
    never = lender.customer("C-2", score=None)
    fresh = lender.decide(scored)
    assert (fresh.change.after, fresh.change.reason_codes) == (State.OPEN, ())
    assert lender.decide(never).change.reason_codes == ("SCORE_UNKNOWN",)
    aged = lender.decide(scored, OLD)
    assert aged.change.after is State.CLOSED
    assert aged.change.reason_codes[0] == "DATA_STALE"
    assert "SCORE_UNKNOWN" not in aged.change.reason_codes
    assert "DATA_STALE" not in lender.decide(never, OLD).change.reason_codes


def test_what_is_stored_does_not_change_and_replays_to_the_same_bytes(lender: Lender) -> None:
    lender.publish(strict_about_age_of_data())
    decided = lender.decide(lender.customer(), OLD)
    facts = json.loads(Decision.objects.get(public_id=decided.public_id).facts)
    assert "score" in facts["stale"]
    assert [name for name in facts["signals"] if name.endswith("_is_stale")] == []
    replayed = services.replay(public_id=decided.public_id)
    assert replayed.is_equal
    assert "DATA_STALE" in replayed.recomputed
