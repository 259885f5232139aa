"""Links to other people may limit; they close only where a justification is signed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation

from backoffice.lib.errors import Invalid
from risk.policies import starter
from risk.policies.words import error_words, example_words
from risk.tables.services import content_hash, model_from_json
from tests.lender import Lender
from tests.risk.policies.test_review import also, places, review, without
from tests.risk.policies.test_rules import cell, changed, column
from tests.risk.policies.versions import draft, snapshot, submit

CHECK = '"ADDITIONAL_CHECK"'
WHY = "Rings that share one device caused nine tenths of the fraud losses of 2025 (study F-7)."
REASON, EFFECT, LIMIT = 9, 10, 11  # of the restrictions, behind eight signals and the one of links


pytestmark = pytest.mark.usefixtures("signal_of_links")


def looking_at(table: int, name: str = "shared", **declared: str) -> Callable[[Any], None]:
    kind = "boolean" if name.endswith("stale") else "number"

    def change(tables: Any) -> None:
        tables[table]["inputs"].append({"name": name, "type": kind, **declared})
        for rule in tables[table]["rules"]:
            rule["inputs"].append("-")

    return change


def about_links(*changes: Callable[[Any], Any], why: str = "") -> Any:
    """The starter policy with a column of links in its restrictions, then changed further."""
    every = (looking_at(0, unknown="accepted"), *changes)
    content = changed(lambda tables: [change(tables) for change in every])
    return content | ({"association_justification": why} if why else {})


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        # Limiting, and not being looked at, is nobody's fault.
        (lambda t: None, []),
        (also({8: "> 3"}, CHECK, '"LIMITED"', "1000000", ""), []),
        (also({8: "> 3"}, CHECK, '"LIMITED"', "", "30"), []),
        (also({8: "> 3"}, CHECK, '"LIMITED"', "500000", ""), []),
        (also({8: "> 3"}, '"OPERATOR_REVIEW"', '"LIMITED"', "1000000", ""), []),
        # Closing, however it is asked and whatever else is asked with it.
        (also({8: "> 3"}, CHECK, '"CLOSED"', "", ""), [(17, EFFECT, "association_closes")]),
        (also({8: "null"}, CHECK, '"CLOSED"', "", ""), [(17, EFFECT, "association_closes")]),
        (also({8: "not(0)", 2: "< 600"}, CHECK, '"CLOSED"', "", "30"),
         [(17, EFFECT, "association_closes")]),
        (cell(0, 5, "inputs", 8, "<= 10"),
         [(5, EFFECT, "association_closes"), (5, REASON, "association_reason")]),
        # An amount nobody can borrow closes in all but name.
        (also({8: "> 3"}, CHECK, '"LIMITED"', "499999", ""),
         [(17, LIMIT, "association_leaves_nothing")]),
        (also({8: "> 3"}, CHECK, '"LIMITED"', "0", ""),
         [(17, LIMIT, "association_leaves_nothing")]),
        # Reasons that tell of something else than a check.
        (also({8: "> 3"}, '"POLICY_CHANGED"', '"LIMITED"', "1000000", ""),
         [(17, REASON, "association_reason")]),
    ],
)  # fmt: skip
def test_a_row_about_links_may_limit_but_not_close(
    change: Callable[[Any], Any], wanted: list[tuple[int, int, str]]
) -> None:
    found = review(about_links(change))
    assert places(found.errors) == [("restrictions", *place) for place in wanted]


def test_that_links_are_known_too_old_is_known_of_links_too() -> None:
    content = about_links(
        looking_at(0, "shared_is_stale"), also({9: "true"}, CHECK, '"CLOSED"', "", "")
    )
    assert places(review(content).errors) == [
        ("restrictions", 17, EFFECT + 1, "association_closes")
    ]


# ── by falling through ──────────────────────────────────────────────────────────────────────


def terms_by_links(*lines: tuple[dict[int, str], int]) -> Callable[[Any], None]:
    """Terms of these rows only: cells by column (score, utilisation, shared) and a limit."""

    def change(tables: Any) -> None:
        looking_at(1)(tables)
        tables[1]["rules"] = []
        for row, limit in lines:
            also(row, str(limit), "0.1", "3", table=1)(tables)

    return change


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ([({2: "<= 3, null"}, 8_000_000), ({}, 500_000)], []),  # less, but not nothing
        ([({2: "<= 3, null"}, 8_000_000)], [0]),
        ([({2: "<= 3"}, 8_000_000), ({2: "> 3"}, 500_000)], [0, 1]),  # null has no row
        ([({2: "<= 3"}, 8_000_000), ({2: "> 3, null"}, 500_000)], []),
        # Nobody below 600 has terms, whoever they share something with: that is no association.
        ([({0: ">= 600", 2: "<= 3, null"}, 8_000_000), ({0: ">= 600"}, 500_000)], []),
        ([({0: ">= 600", 2: "<= 3, null"}, 8_000_000), ({0: ">= 601"}, 500_000)], [0]),
        # A row nobody can meet takes nobody's terms away.
        ([({2: "< 0"}, 8_000_000), ({0: ">= 600"}, 500_000)], []),
    ],
)  # fmt: skip
def test_links_alone_leave_nobody_without_terms(
    lines: list[tuple[dict[int, str], int]], wanted: list[int]
) -> None:
    found = review(changed(terms_by_links(*lines)))
    assert places(found.errors) == [
        ("terms", row, 2, "association_falls_through") for row in wanted
    ]
    for fault in found.errors:
        assert fault.example is not None


def test_who_would_be_left_without_terms_is_shown() -> None:
    found = review(changed(terms_by_links(({0: ">= 600", 2: "<= 3"}, 8_000_000),
                                          ({0: "> 600", 2: "> 3"}, 500_000)))).errors  # fmt: skip
    with translation.override("en"):
        said = [example_words(fault) for fault in found]
    assert said[0].startswith("credit score is exactly 600 points, ")
    assert all("shared is" in text for text in said)


def test_a_default_that_closes_is_no_way_around() -> None:
    closing = about_links(
        column(0, "outputs", 0, default='"NO_TERMS"'), column(0, "outputs", 1, default='"CLOSED"'),
        also({8: "<= 3"}, CHECK, '"LIMITED"', "1000000", ""),
    )  # fmt: skip
    assert places(review(closing).errors) == [("restrictions", 17, 8, "association_falls_through")]
    limiting = about_links(
        column(0, "outputs", 0, default='"NO_TERMS"'), column(0, "outputs", 1, default='"LIMITED"'),
        also({8: "<= 3"}, CHECK, '"LIMITED"', "1000000", ""),
    )  # fmt: skip
    assert review(limiting).errors == ()


def test_a_default_that_gives_terms_leaves_nobody_without() -> None:
    given = changed(lambda tables: (
        terms_by_links(({2: "<= 3"}, 8_000_000))(tables),
        [output.update(default=text) for output, text in
         zip(tables[1]["outputs"], ("500000", "0.1", "3"), strict=True)],
    ))  # fmt: skip
    assert review(given).errors == ()


def test_what_cannot_be_settled_is_not_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    from risk.policies import association

    monkeypatch.setattr(association, "_losing", lambda table: ({}, (0,)))
    content = changed(terms_by_links(({2: "<= 3, null"}, 8_000_000), ({}, 500_000)))
    assert places(review(content).errors) == [("terms", 0, 2, "association_not_proven")]


# ── the justification ───────────────────────────────────────────────────────────────────────

CLOSING = also({8: "> 3"}, CHECK, '"CLOSED"', "", "")


def test_with_a_justification_closing_is_shown_to_who_signs_and_stops_nothing() -> None:
    found = review(about_links(CLOSING, without(4, table=1), why=WHY))
    assert found.errors == ()
    assert places(found.warnings) == [
        ("restrictions", 17, EFFECT, "association_closes"), ("terms", None, None, "gap"),
    ]  # fmt: skip
    losing = review(changed(terms_by_links(({2: "<= 3"}, 1_000_000))) | {
        "association_justification": WHY
    })  # fmt: skip
    assert losing.errors == ()
    assert ("terms", 0, 2, "association_falls_through") in places(losing.warnings)


def test_no_justification_allows_a_reason_that_tells_of_others() -> None:
    row = also({8: "> 3"}, '"POLICY_CHANGED"', '"CLOSED"', "", "")
    found = review(about_links(row, why=WHY))
    assert places(found.errors) == [("restrictions", 17, REASON, "association_reason")]


@pytest.mark.parametrize("why", ["x" * 19, " " + "x" * 19 + "\n ", "   ", "x" * 2001])
def test_a_justification_that_says_too_little_or_too_much_justifies_nothing(why: str) -> None:
    found = review(about_links(CLOSING, why=why))
    assert places(found.errors) == [
        ("restrictions", 17, EFFECT, "association_closes"),
        ("restrictions", None, None, "association_justification_length"),
    ]


@pytest.mark.parametrize(
    "why", ["x" * 20, "x" * 2000, "同一设备团伙造成二零二五年九成欺诈损失研究报告"]
)
def test_twenty_characters_are_enough_in_any_script(why: str) -> None:
    assert review(about_links(CLOSING, why=why)).errors == ()


def test_a_justification_nothing_needs_is_pointed_out() -> None:
    found = review(starter.consumer_credit() | {"association_justification": WHY})
    assert (found.errors, places(found.warnings)) == (
        (), [("restrictions", None, None, "association_justification_idle")],
    )  # fmt: skip


def test_the_justification_is_part_of_what_is_hashed_and_absent_it_changes_no_hash() -> None:
    plain = starter.consumer_credit()
    named = content_hash(model_from_json(plain))
    assert named == "aa9f896dd74a742752d9189d6dd074b057689fa3ebc9d8156d9afed4838c2b15"
    assert content_hash(model_from_json(plain | {"association_justification": ""})) == named
    others = {content_hash(model_from_json(plain | {"association_justification": why}))
              for why in (WHY, WHY + " ", "x")}  # fmt: skip
    assert len(others | {named}) == 4


def test_a_draft_that_closes_by_association_is_saved_but_not_submitted(lender: Lender) -> None:
    version = draft(lender, about_links(CLOSING))
    before = snapshot()
    with pytest.raises(Invalid) as refused:
        submit(lender, version)
    assert [(f.pointer, f.code) for f in refused.value.faults] == [
        ("/restrictions/17/10", "association_closes")
    ]
    assert snapshot() == before


def test_what_is_said_is_said_in_both_languages() -> None:
    faults = review(about_links(
        CLOSING, also({8: "> 4"}, '"POLICY_CHANGED"', '"LIMITED"', "499999", ""), why="x",
    )).errors  # fmt: skip
    with translation.override("en"):
        said = [str(error_words(fault)) for fault in faults]
    assert said == [
        "This row closes access because of links to other people. Links may only limit, unless "
        "the policy records a justification.",
        "This row leaves less than the product's smallest amount, ¥5,000, because of links to "
        "other people: that closes access. Links may only limit, unless the policy records a "
        "justification.",
        "A row about links to other people gives a reason that tells nothing of them: "
        "ADDITIONAL_CHECK or OPERATOR_REVIEW.",
        "The justification for closing because of links has at least 20 and at most 2000 "
        "characters.",
    ]
    with translation.override("zh-hans"):
        assert [text for text in map(str, map(error_words, faults)) if text.isascii()] == []
