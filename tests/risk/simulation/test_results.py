"""What counts come to: books, swaps, changes and fairness, by hand-made numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from risk.simulation import results
from risk.simulation.bands import AGE_BOUNDS, SCORE_BOUNDS, band_codes

MATRIX = {
    "OPEN>OPEN": [50, 40, 2, 500, 500],
    "OPEN>LIMITED": [10, 8, 1, 100, 40],
    "LIMITED>CLOSED": [6, 5, 2, 30, 0],
    "CLOSED>OPEN": [4, 2, 1, 0, 40],
    "CLOSED>CLOSED": [30, 0, 0, 0, 0],
}


def test_a_book_is_everybody_who_can_use_the_product_under_one_version() -> None:
    assert results.book(MATRIX, "old") == results.Book(66, 53, 5, 630)
    assert results.book(MATRIX, "new") == results.Book(64, 50, 4, 580)
    assert results.book(MATRIX, "new").bad_rate == 0.08
    assert results.Book(3, 0, 0, 0).bad_rate is None


def test_swaps_are_those_who_cross_between_usable_and_closed() -> None:
    assert results.swap_in(MATRIX) == results.Book(4, 2, 1, 40)
    assert results.swap_out(MATRIX) == results.Book(6, 5, 2, 30)


def test_changes_count_by_where_to() -> None:
    assert results.changes({"matrix": MATRIX}) == {"closes": 6, "limits": 10, "opens": 4}
    assert results.changes(results.empty()) == {"closes": 0, "limits": 0, "opens": 0}


def groups(**usable: tuple[int, int]) -> dict[str, Any]:
    """By group: (customers, of these usable before and after)."""
    return {
        name: {
            "OPEN>OPEN": [number, 0, 0, 0, 0],
            "CLOSED>CLOSED": [customers - number, 0, 0, 0, 0],
        }
        for name, (customers, number) in usable.items()
    }


def test_a_group_below_four_fifths_of_the_best_is_flagged() -> None:
    found = {g.value: g for g in results.fairness(groups(a=(100, 90), b=(100, 71), c=(100, 72)))}
    assert [found[name].is_flagged for name in "abc"] == [False, True, False]
    assert found["c"].new_ratio == Fraction(4, 5)  # 0.72 / 0.9 is less in floats
    assert found["b"].new_ratio == Fraction(71, 90)


def test_a_group_too_small_to_tell_neither_sets_the_measure_nor_is_flagged() -> None:
    found = {g.value: g for g in results.fairness(groups(a=(100, 50), b=(29, 29), c=(29, 1)))}
    assert (found["a"].new_ratio, found["a"].is_flagged) == (1.0, False)
    assert (found["c"].is_small, found["c"].is_flagged) == (True, False)


def test_where_all_groups_are_small_there_is_no_ratio() -> None:
    [only] = results.fairness(groups(a=(5, 5)))
    assert (only.new_ratio, only.is_flagged) == (None, False)


def test_adding_parts_gives_the_counts_of_the_whole_and_the_first_samples() -> None:
    one = {"matrix": {"OPEN>OPEN": [1, 1, 0, 5, 6]}, "hits": {"new": {"t": [1, 0]}},
           "samples": {"OPEN>CLOSED": [{"id": n} for n in range(4)]}}  # fmt: skip
    two = {"matrix": {"OPEN>OPEN": [2, 0, 0, 1, 1], "CLOSED>OPEN": [1, 0, 0, 0, 3]},
           "hits": {"new": {"t": [0, 2]}},
           "samples": {"OPEN>CLOSED": [{"id": n} for n in range(4, 9)]}}  # fmt: skip
    assert results.added([one, two]) == {
        "matrix": {"OPEN>OPEN": [3, 1, 0, 6, 7], "CLOSED>OPEN": [1, 0, 0, 0, 3]},
        "hits": {"new": {"t": [1, 2]}},
        "samples": {"OPEN>CLOSED": [{"id": n} for n in range(5)]},
    }


def test_bands_follow_each_other_without_a_gap() -> None:
    assert band_codes(SCORE_BOUNDS) == (
        "0_579", "580_619", "620_659", "660_699", "700_739", "740_up",
    )  # fmt: skip
    assert band_codes(AGE_BOUNDS)[-1] == "65_up"
