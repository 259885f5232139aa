"""Columns over a frame give the same rules, outputs and violations as one customer at a time."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from risk.tables import services
from tests.risk.tables import reference
from tests.risk.tables.cases import Case, cases
from tests.risk.tables.frames import ENGINES, HOLDINGS, alone, frame_of, together

EXAMPLES = {"pyspark": 24}  # a query takes it half a second
HELD = st.lists(st.sampled_from(HOLDINGS), min_size=3, max_size=3)


def test_a_frame_says_what_every_customer_alone_is_told(engine: str) -> None:
    @settings(max_examples=EXAMPLES.get(engine, 60), deadline=None)
    @given(cases(), HELD)
    def holds(case: Case, holdings: list[Any]) -> None:
        assume(is_told(case))
        frame, meant, places = frame_of(case.types, case.rows, holdings)
        answers = ENGINES[engine](services.compile_columns(model=case.model), frame, places)
        assert len(answers) == len(case.rows)
        for row, answer in zip(meant, answers, strict=True):
            found = together(case.hit_policy, len(case.out_types), answer)
            assert found == alone(case.model, row)
            assert found == by_the_standard(case, row)

    holds()


def is_told(case: Case) -> bool:
    """Of all that is drawn only dates before the year 1000 are refused."""
    errors = services.check_columns(case.model)
    assert {error.code for error in errors} <= {"date_too_early"}
    return not errors


def by_the_standard(case: Case, row: list[Any]) -> Any:
    result, fired, _columns = reference.outcome(
        case.hit_policy.value, case.rules, case.defaults, row, case.allowed
    )
    if result == "violation":
        return result, fired
    if case.hit_policy.gives_lists:
        return None, fired
    if case.hit_policy.is_aggregate:
        return [result], fired
    return result or [None] * len(case.out_types), fired


def test_two_models_in_one_pass_say_what_each_says_alone(engine: str) -> None:
    @settings(max_examples=EXAMPLES.get(engine, 60) // 4, deadline=None)
    @given(cases(), cases(), HELD)
    def holds(old: Case, other: Case, holdings: list[Any]) -> None:
        # The other table's rules over the first one's facts, where they fit, and some of its own.
        shared = other if other.types == old.types else old
        assume(is_told(old) and is_told(shared))
        pair = services.compile_pair(old=old.model, new=shared.model)
        frame, _meant, places = frame_of(old.types, old.rows, holdings)
        both = ENGINES[engine](pair, frame, places)
        for prefix, case in (("old__t", old), ("new__t", shared)):
            apart = ENGINES[engine](services.compile_columns(model=case.model), frame, places)
            assert [together(case.hit_policy, 2, row, prefix) for row in both] == [
                together(case.hit_policy, 2, row) for row in apart
            ]

    holds()
