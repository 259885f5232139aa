"""A cell over one column: stretches in whole steps, nothing beyond what the column can hold."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from risk.tables.column_leaves import Column
from risk.tables.facts import FeelType
from risk.tables.parser import parse_tests
from risk.tables.regions import region

BYTE = Column("a", FeelType.NUMBER, least=-128, greatest=127)
CENTS = Column("a", FeelType.NUMBER, Fraction(1, 100), -128, 127)


def ranges(column: Column, cell: str) -> Any:
    return column.leaf(region(parse_tests(cell, type=column.type), column.type)).ranges


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("< 2.5", [(None, 2)]), ("> 2.5", [(3, None)]), ("[2..3)", [(2, 2)]), ("(2..3)", []),
        ("2.5", []), ("[2.1..2.9]", []), ("not(2)", [(None, 1), (3, None)]),
        ("< 300", [(None, None)]), ("> 300", []), ("-200", []), ("< -128", []), ("> 127", []),
        (">= -128", [(None, None)]), ("<= 127", [(None, None)]), ("> -128", [(-127, None)]),
        ("[200..300]", []), ("[-300..-129]", []), ("[-300..2]", [(None, 2)]),
        ("[2..300]", [(2, None)]), ("[-300..300]", [(None, None)]),
    ],
)  # fmt: skip
def test_a_cell_is_cut_to_the_steps_of_its_column(cell: str, expected: Any) -> None:
    assert ranges(BYTE, cell) == tuple(expected)


def test_a_step_may_be_a_part_of_one() -> None:
    assert ranges(CENTS, "[0.255..1]") == ((26, 100),)
    assert ranges(CENTS, "> 1.27") == ()
    assert ranges(CENTS, "<= 1.275") == ((None, None),)


def test_a_cell_that_takes_all_or_none_needs_no_column() -> None:
    def leaf(cell: str) -> Any:
        return BYTE.leaf(region(parse_tests(cell, type=BYTE.type), BYTE.type))

    assert [leaf(cell).is_never for cell in ("> 127", "> 126", "> 127, null")] == [
        True, False, False,
    ]  # fmt: skip
    assert [leaf(cell).is_always for cell in ("null, < 300", "< 300", "null, < 127")] == [
        True, False, False,
    ]  # fmt: skip
