"""A few customers written by hand, to point people at. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from random import Random

from risk.demo.lives import DAY, DAYS, FLEX, Life, Standing
from risk.demo.people import People

MAINTENANCE_DAY = DAYS - 24  # see `risk.demo.calendar`
SECOND_POLICY_DAY = DAYS - 118


@dataclass(frozen=True, slots=True)
class Story:
    """One of them: the reference and the name to find the customer by."""

    reference: str
    legal_name: str


SCORE_FELL = Story("DEMO-SCORE", "李思远")
APPLIED_TOO_OFTEN = Story("DEMO-OFTEN", "王晓禾")
PHONE_CHANGED = Story("DEMO-PHONE", "陈若溪")
POLICY_CHANGED = Story("DEMO-POLICY", "赵一鸣")
MAINTENANCE = Story("DEMO-NIGHT", "周可心")


def written(people: People) -> list[Life]:
    """Every story's year."""
    return [
        _score_fell(people),
        _applied_too_often(people),
        _phone_changed(people),
        _policy_changed(people),
        _maintenance(people),
    ]


def _score_fell(people: People) -> Life:
    """From 750 to 620: from the full amount to ten thousand yuan."""
    life = _begun(people, SCORE_FELL, score=750, utilisation="0.35")
    life.change(_ago(160), score=718)
    life.change(_ago(61), score=671, utilisation=Decimal("0.58"))
    life.change(_ago(9), score=620, utilisation=Decimal("0.71"))
    return life


def _applied_too_often(people: People) -> Life:
    """Closed for a month, open again, and closed once more: the end date is near."""
    life = _begun(people, APPLIED_TOO_OFTEN, score=705, utilisation="0.22")
    life.change(_ago(150), applications=7)
    life.change(_ago(117), applications=1)
    life.change(_ago(6), applications=9)
    return life


def _phone_changed(people: People) -> Life:
    life = _begun(people, PHONE_CHANGED, score=688, utilisation="0.40")
    life.lose_phone(_ago(12))
    return life


def _policy_changed(people: People) -> Life:
    """Nothing about this customer changed; the policy did."""
    life = _begun(people, POLICY_CHANGED, score=662, utilisation="0.78")
    life.ask(_ago(DAYS - SECOND_POLICY_DAY - 8))
    return life


def _maintenance(people: People) -> Life:
    """Asked while the system was under maintenance; nothing was wrong, and nothing was lost."""
    life = _begun(people, MAINTENANCE, score=734, utilisation="0.15")
    life.ask(MAINTENANCE_DAY * DAY + 2 * 60 + 10)
    life.ask(MAINTENANCE_DAY * DAY + 8 * 60 + 5)
    return life


def _begun(people: People, story: Story, *, score: int, utilisation: str) -> Life:
    _reference, profile = people.next(reference=story.reference, legal_name=story.legal_name)
    standing = Standing(score=score, utilisation=Decimal(utilisation))
    life = Life(Good(), story.reference, profile, standing, (FLEX,), people.phone())
    life.join(9 * 60)
    life.ask(3 * DAY + 10 * 60)
    return life


def _ago(days: int) -> int:
    return (DAYS - days) * DAY + 11 * 60 + 20


class Good(Random):
    """For somebody whose identity is beyond doubt."""

    def random(self) -> float:
        return 0.99
