"""What the switch guarantee costs: decisions per second with the fence and without it.

Each process decides random customers and commits. Rounds alternate, so that a machine whose speed
drifts favours neither side.
"""

from __future__ import annotations

import multiprocessing
import random
import time
from unittest import mock

from tests.benchmarks.database import PRODUCT, fill, public_id, set_up_django
from tests.benchmarks.machine import print_rate, print_title

CUSTOMERS = 1000
PROCESSES = 2
SECONDS = 3.0
ROUNDS = 7


def main() -> None:
    print_title(f"switch guarantee: {PROCESSES} processes deciding, {ROUNDS} rounds of {SECONDS} s")
    set_up_django()
    fill(customers=CUSTOMERS)
    bare, fenced = [], []
    for _round in range(ROUNDS):
        bare.append(_rate(is_fenced=False))
        fenced.append(_rate(is_fenced=True))
    print_rate("decisions, fence taken away", bare)
    print_rate("decisions, with the fence (target ≥ 0.95)", fenced, against=bare)


def _rate(*, is_fenced: bool) -> float:
    context = multiprocessing.get_context("spawn")
    counts: multiprocessing.Queue[float] = context.Queue()
    workers = [
        context.Process(target=_decide, args=(seed, is_fenced, counts)) for seed in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()
    total = sum(counts.get(timeout=60) for _worker in workers)
    for worker in workers:
        worker.join()
    return total


def _decide(seed: int, is_fenced: bool, counts: multiprocessing.Queue[float]) -> None:
    """Decisions per second of one process, its first half second left out."""
    set_up_django()
    from compliance.switches import services

    if is_fenced:
        counts.put(_loop(seed))
        return
    with mock.patch.object(services, "fence", return_value=None):
        counts.put(_loop(seed))


def _loop(seed: int) -> float:
    from django.utils import timezone

    from compliance.ledger.facts import system
    from risk.decisions.models import DecisionTrigger
    from risk.decisions.services import decide

    chance, done, actor = random.Random(seed), 0, system("bench")
    warm = time.perf_counter() + 0.5
    end = warm + SECONDS
    while (now := time.perf_counter()) < end:
        decide(
            customer_public_id=public_id(chance.randint(1, CUSTOMERS)), product_code=PRODUCT,
            trigger=DecisionTrigger.REQUEST, actor=actor, at=timezone.now(),
        )  # fmt: skip
        done += now >= warm
    return done / SECONDS


if __name__ == "__main__":
    main()
