"""What a backtest found, in sentences for the person who is about to approve."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _now
from django.utils.translation import ngettext

from risk.policies import moving, queries
from risk.policies.models import PolicyProof, PolicyVersion


def proof_sentences(version: PolicyVersion, *, at: dt.datetime) -> list[str]:
    """Whom it would close first; then what stands in the way of believing that today."""
    proof = moving.proof_of(version)
    if proof is None:
        return [_now("Never backtested: nobody knows whom this touches.")]
    return [_radius(proof), _basis(proof), *_doubts(version, proof, at)]


def radius_sentence(version: PolicyVersion) -> str | None:
    """Whom the newest backtest of this version moved; None when there is none."""
    proof = moving.proof_of(version)
    return None if proof is None else _radius(proof)


def _radius(proof: PolicyProof) -> str:
    closes = ngettext("closes %(count)s customer", "closes %(count)s customers", proof.closes) % {
        "count": number_format(proof.closes, force_grouping=True)
    }
    if proof.open_appeals is not None:
        closes += ngettext(
            ", %(count)s with an open appeal", ", %(count)s with open appeals", proof.open_appeals
        ) % {"count": number_format(proof.open_appeals, force_grouping=True)}
    rest = _now("limits %(limits)s, opens %(opens)s.") % {
        "limits": number_format(proof.limits, force_grouping=True),
        "opens": number_format(proof.opens, force_grouping=True),
    }
    return _now("Blast radius: %(closes)s; %(rest)s") % {"closes": closes, "rest": rest}


def _basis(proof: PolicyProof) -> str:
    count = number_format(proof.customers, force_grouping=True)
    return ngettext(
        "Backtested on %(count)s customer as of %(moment)s.",
        "Backtested on %(count)s customers as of %(moment)s.",
        proof.customers,
    ) % {"count": count, "moment": date_format(localtime(proof.snapshot_at), "Y-m-d H:i")}


def _doubts(version: PolicyVersion, proof: PolicyProof, at: dt.datetime) -> list[str]:
    found = []
    if proof.live_hash != queries.live_hash(product_id=version.product_id):
        found.append(_now("Warning: it was compared with another version than the one in force."))
    if proof.snapshot_at < at - dt.timedelta(days=settings.POLICY_PROOF_DAYS):
        found.append(
            _now("Warning: the snapshot is older than %(days)s days.")
            % {"days": settings.POLICY_PROOF_DAYS}
        )
    return found
