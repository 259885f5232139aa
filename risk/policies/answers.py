"""What a policy's tables say of one customer: causes, terms and the whole answer. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from accounts.access.facts import Cause, Product, State, Terms
from accounts.access.rules import NO_TERMS, derive, within_product
from risk.policies.facts import RESTRICTIONS, TERMS
from risk.tables.facts import TableOutcome
from risk.tables.services import CompiledModel, canonical


@dataclass(frozen=True)
class Conclusion:
    """A policy's causes, its terms (within the product), and the answer to store."""

    causes: tuple[Cause, ...]
    terms: Terms | None
    answer: Mapping[str, Any]

    @cached_property
    def text(self) -> str:
        """The answer as it is stored."""
        return canonical(self.answer)


# Of one policy, for one product at one moment: what followed, by the cells that matched.
Known = dict[tuple[tuple[int, ...], ...], Conclusion]


def evaluate(
    *,
    compiled: CompiledModel,
    signals: Mapping[str, Any],
    product: Product,
    at: dt.datetime,
    known: Known | None = None,
) -> Conclusion:
    """Apply a policy. Raises: risk.tables.facts.TableError.

    Who asks for many customers gives the same `known` each time: what follows from the same cells
    is then worked out once.
    """
    outcomes = compiled.evaluate(signals)
    if known is None:
        return concluded(outcomes=outcomes, product=product, at=at)
    matched = tuple([outcome.columns for outcome in outcomes.values()])
    found = known.get(matched)
    if found is None:
        found = known[matched] = concluded(outcomes=outcomes, product=product, at=at)
    return found


def concluded(
    *, outcomes: Mapping[str, TableOutcome], product: Product, at: dt.datetime
) -> Conclusion:
    """What follows once it is known which rows fired: the same for one customer and for a crowd."""
    causes = _causes(outcomes[RESTRICTIONS], at)
    terms = within_product(terms=_terms(outcomes[TERMS]), product=product)
    if terms is None and not any(cause.effect is State.CLOSED for cause in causes):
        causes = (*causes, Cause(NO_TERMS, State.CLOSED))
    return Conclusion(causes, terms, _answer(causes, terms, outcomes))


def _causes(outcome: TableOutcome, at: dt.datetime) -> tuple[Cause, ...]:
    """One cause a reason: the most severe effect, the smallest cap, the latest end."""
    merged: dict[str, Cause] = {}
    for row in outcome.result:
        cause = Cause(
            reason_code=row["reason"],
            effect=State(row["effect"]),
            limit_cents=None if row["limit_cents"] is None else int(row["limit_cents"]),
            ends_at=None if row["days"] is None else at + dt.timedelta(days=int(row["days"])),
        )
        known = merged.get(cause.reason_code)
        merged[cause.reason_code] = _merged(known, cause) if known else cause
    return tuple(merged.values())


def _merged(one: Cause, other: Cause) -> Cause:
    effect = max(one.effect, other.effect, key=lambda state: state.severity)
    caps = [cap for cap in (one.limit_cents, other.limit_cents) if cap is not None]
    both_end = one.ends_at is not None and other.ends_at is not None
    return Cause(
        reason_code=one.reason_code,
        effect=effect,
        limit_cents=min(caps) if caps and effect is State.LIMITED else None,
        ends_at=max(one.ends_at, other.ends_at) if both_end else None,  # type: ignore[type-var]
    )


def _terms(outcome: TableOutcome) -> Terms | None:
    row = outcome.result
    if row is None:
        return None
    return Terms(int(row["limit_cents"]), row["annual_rate"], int(row["max_term_months"]))


def _answer(
    causes: tuple[Cause, ...], terms: Terms | None, outcomes: Mapping[str, TableOutcome]
) -> dict[str, Any]:
    derived = derive(causes=causes, terms=terms)
    return {
        "state": derived.state.value,
        "limit_cents": derived.limit_cents,
        "reason_codes": list(derived.reason_codes),
        "causes": [
            {
                "reason_code": cause.reason_code,
                "effect": cause.effect.value,
                "limit_cents": cause.limit_cents,
                "ends_at": cause.ends_at.isoformat() if cause.ends_at else None,
            }
            for cause in causes
        ],
        "terms": {
            "limit_cents": terms.limit_cents,
            "annual_rate": f"{terms.annual_rate:f}",
            "max_term_months": terms.max_term_months,
        }
        if terms
        else None,
        "trace": {name: outcome.trace for name, outcome in outcomes.items()},
    }
