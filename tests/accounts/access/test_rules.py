"""How access follows from its causes."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.access.facts import Cause, Product, Standing, State, Terms
from accounts.access.rules import (
    MOVES,
    Derived,
    continued,
    derive,
    is_news,
    masked,
    within_product,
)
from compliance.switches.facts import Effect, Kind, Mask, SwitchOn

AT = dt.datetime(2026, 6, 1, 4, 0, tzinfo=dt.UTC)
TERMS = Terms(limit_cents=2_000_000, annual_rate=Decimal("0.12"), max_term_months=12)

amounts = st.integers(min_value=0, max_value=5_000_000)
ends = st.none() | st.integers(min_value=-30, max_value=30).filter(bool).map(
    lambda days: AT + dt.timedelta(days=days)
)


@st.composite
def causes(draw: st.DrawFn) -> Cause:
    effect = draw(st.sampled_from([State.LIMITED, State.CLOSED]))
    cap = draw(st.none() | amounts) if effect is State.LIMITED else None
    return Cause(draw(st.sampled_from("ABCD")), effect, cap, draw(ends))


@st.composite
def switches_on(draw: st.DrawFn) -> SwitchOn:
    effect = draw(st.sampled_from(list(Effect)))
    cap = draw(st.none() | amounts) if effect is Effect.LIMITED else None
    reason = draw(st.sampled_from(["EMERGENCY_STOP", "REGULATOR_ORDER"]))
    return SwitchOn("swi_x", "platform", Kind.EMERGENCY, effect, cap, reason, AT, None)


terms = st.none() | st.builds(
    Terms,
    limit_cents=amounts,
    annual_rate=st.decimals(0, 1, places=5),
    max_term_months=st.integers(1, 60),
)
masks = st.lists(switches_on(), max_size=3).map(lambda found: Mask(tuple(found)))
many_causes = st.lists(causes(), max_size=5)


@given(many_causes, terms)
def test_the_most_severe_cause_wins(found: list[Cause], given_terms: Terms | None) -> None:
    derived = derive(causes=found, terms=given_terms)
    worst = max((cause.effect.severity for cause in found), default=0)
    assert derived.state.severity == max(worst, 0 if given_terms else State.CLOSED.severity)


@given(many_causes, terms)
def test_an_amount_is_given_exactly_while_it_can_be_used(
    found: list[Cause], given_terms: Terms | None
) -> None:
    derived = derive(causes=found, terms=given_terms)
    assert (derived.limit_cents is None) == (derived.state is State.CLOSED)


@given(many_causes, terms.filter(bool))
def test_the_amount_is_the_smallest_of_terms_and_caps(
    found: list[Cause], given_terms: Terms
) -> None:
    derived = derive(causes=found, terms=given_terms)
    caps = [cause.limit_cents for cause in found if cause.limit_cents is not None]
    if derived.state is not State.CLOSED:
        assert derived.limit_cents == min([given_terms.limit_cents, *caps])


@given(many_causes, terms)
def test_every_reason_is_said_once_and_the_severe_ones_first(
    found: list[Cause], given_terms: Terms | None
) -> None:
    said = derive(causes=found, terms=given_terms).reason_codes
    assert len(set(said)) == len(said)
    assert set(said) == {cause.reason_code for cause in found} or said == ("NOT_DECIDED",)
    worst = {code: max(c.effect.severity for c in found if c.reason_code == code) for code in said
             if found}  # fmt: skip
    assert [worst[code] for code in said if found] == sorted(worst.values(), reverse=True)


@given(many_causes, terms, st.randoms())
def test_the_order_in_which_causes_are_found_does_not_matter(
    found: list[Cause], given_terms: Terms | None, random: object
) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert derive(causes=found, terms=given_terms) == derive(causes=shuffled, terms=given_terms)


@given(many_causes, causes(), terms)
def test_another_cause_never_widens(found: list[Cause], more: Cause, any_terms: object) -> None:
    before = derive(causes=found, terms=any_terms)  # type: ignore[arg-type]
    after = derive(causes=[*found, more], terms=any_terms)  # type: ignore[arg-type]
    assert _is_within(after, before)


@given(terms.filter(bool))
def test_lifting_the_last_cause_reopens_on_the_full_terms(given_terms: Terms) -> None:
    assert derive(causes=[], terms=given_terms) == Derived(State.OPEN, given_terms.limit_cents, ())


def test_nobody_is_open_without_terms() -> None:
    assert derive(causes=[], terms=None) == Derived(State.CLOSED, None, ("NOT_DECIDED",))
    limited = Cause("A", State.LIMITED, 1)
    assert derive(causes=[limited], terms=None) == Derived(State.CLOSED, None, ("A",))


@given(many_causes, terms, masks)
def test_a_mask_only_ever_narrows(found: list[Cause], any_terms: object, mask: Mask) -> None:
    stored = derive(causes=found, terms=any_terms)  # type: ignore[arg-type]
    assert _is_within(masked(stored, mask), stored)


@given(many_causes, terms, masks, switches_on())
def test_another_switch_never_widens(
    found: list[Cause], any_terms: object, mask: Mask, more: SwitchOn
) -> None:
    stored = derive(causes=found, terms=any_terms)  # type: ignore[arg-type]
    narrower = Mask((*mask.switches, more))
    assert _is_within(masked(stored, narrower), masked(stored, mask))


@given(many_causes, terms, masks)
def test_a_switch_s_reason_is_said_before_the_customer_s_own(
    found: list[Cause], any_terms: object, mask: Mask
) -> None:
    stored = derive(causes=found, terms=any_terms)  # type: ignore[arg-type]
    shown = masked(stored, mask)
    assert shown.reason_codes[: len(mask.reason_codes)] == mask.reason_codes
    assert set(shown.reason_codes) == {*mask.reason_codes, *stored.reason_codes}


@given(many_causes, terms)
def test_without_a_switch_what_is_stored_is_what_is_effective(
    found: list[Cause], any_terms: object
) -> None:
    stored = derive(causes=found, terms=any_terms)  # type: ignore[arg-type]
    assert masked(stored, Mask()) == stored


def test_every_move_has_a_name_and_no_other_exists() -> None:
    befores, afters = [None, *State], list(State)
    assert set(MOVES) == set(itertools.product(befores, afters))


LATER = AT + dt.timedelta(days=30)
DATED = Cause("A", State.LIMITED, 500, LATER)


@pytest.mark.parametrize(
    ("held", "found", "expected"),
    [
        (None, None, None),
        (None, DATED, DATED),
        # without a date: as long as it is found, in the form found last
        (Cause("A", State.CLOSED), None, None),
        (Cause("A", State.CLOSED), Cause("A", State.LIMITED, 5), Cause("A", State.LIMITED, 5)),
        (Cause("A", State.LIMITED, 5), DATED, DATED),
        # with a date: runs its course
        (DATED, None, DATED),
        (DATED, Cause("A", State.LIMITED, 500, LATER + dt.timedelta(days=9)), DATED),
        (DATED, Cause("A", State.LIMITED, 900), DATED),
        (DATED, Cause("A", State.LIMITED), DATED),
        # a graver finding takes its place
        (DATED, Cause("A", State.LIMITED, 400, AT + dt.timedelta(days=1)),
         Cause("A", State.LIMITED, 400, AT + dt.timedelta(days=1))),
        (DATED, Cause("A", State.CLOSED), Cause("A", State.CLOSED)),
        (Cause("A", State.LIMITED, None, LATER), DATED, DATED),
        # its date has come: over, or found anew
        (Cause("A", State.CLOSED, None, AT), None, None),
        (Cause("A", State.CLOSED, None, AT), DATED, DATED),
    ],
)  # fmt: skip
def test_what_becomes_of_a_policy_s_cause(
    held: Cause | None, found: Cause | None, expected: Cause | None
) -> None:
    assert continued(held=held, found=found, at=AT) == expected


@given(causes(), st.none() | causes())
def test_a_running_cause_is_never_shortened_unless_by_a_graver_one(
    held: Cause, found: Cause | None
) -> None:
    if held.ends_at is None or held.ends_at <= AT:
        return
    after = continued(held=held, found=found, at=AT)
    assert after is not None
    narrowed = derive(causes=[held], terms=TERMS), derive(causes=[after], terms=TERMS)
    assert after == held or _is_within(narrowed[1], narrowed[0])


PRODUCT = Product(
    id=1, code="flex", name_zh="", name_en="", currency="CNY", min_amount_cents=500_000,
    max_amount_cents=1_500_000, min_term_months=3, max_term_months=12,
    min_annual_rate=Decimal("0.05"), max_annual_rate=Decimal("0.24"), review_days=90,
    is_active=True,
)  # fmt: skip


@given(terms)
def test_terms_within_a_product_never_exceed_it(given_terms: Terms | None) -> None:
    kept = within_product(terms=given_terms, product=PRODUCT)
    if kept is None:
        return
    assert PRODUCT.min_amount_cents <= kept.limit_cents <= PRODUCT.max_amount_cents
    assert PRODUCT.min_term_months <= kept.max_term_months <= PRODUCT.max_term_months
    assert PRODUCT.min_annual_rate <= kept.annual_rate <= PRODUCT.max_annual_rate
    assert within_product(terms=kept, product=PRODUCT) == kept


@pytest.mark.parametrize(
    ("limit", "rate", "months", "expected"),
    [
        (2_000_000, "0.12", 24, (1_500_000, "0.12", 12)),
        (600_000, "0.01", 6, (600_000, "0.05", 6)),
        (499_999, "0.12", 12, None),
        (500_000, "0.24", 3, (500_000, "0.24", 3)),
        (500_000, "0.24001", 3, None),
        (500_000, "0.12", 2, None),
    ],
)
def test_terms_are_cut_to_the_product_or_nothing_is_left(
    limit: int, rate: str, months: int, expected: tuple[int, str, int] | None
) -> None:
    kept = within_product(terms=Terms(limit, Decimal(rate), months), product=PRODUCT)
    assert (kept and (kept.limit_cents, str(kept.annual_rate), kept.max_term_months)) == expected


@pytest.mark.parametrize(
    ("state", "limit", "reasons", "rate", "is_told"),
    [
        (State.OPEN, 2_000_000, (), "0.12", False),
        (State.OPEN, 2_000_000, (), "0.13", True),
        (State.OPEN, 1_000_000, (), "0.12", True),
        (State.LIMITED, 2_000_000, ("A",), "0.12", True),
        (State.CLOSED, None, ("A",), "0.12", True),
    ],
)
def test_a_customer_is_told_of_another_state_amount_reason_or_rate(
    state: State, limit: int | None, reasons: tuple[str, ...], rate: str, is_told: bool
) -> None:
    before = Standing(1, 1, 1, State.OPEN, TERMS, 2_000_000, AT, AT)
    now = Terms(2_000_000, Decimal(rate), 12)
    derived = Derived(state, limit, reasons)
    assert is_news(before=before, derived=derived, terms=now) is is_told


def test_other_terms_are_no_news_while_closed() -> None:
    before = Standing(1, 1, 1, State.CLOSED, TERMS, None, AT, AT, ("A",))
    closed = Derived(State.CLOSED, None, ("A",))
    assert is_news(before=before, derived=closed, terms=None) is False


def _is_within(one: Derived, other: Derived) -> bool:
    """Whether `one` allows nothing that `other` does not."""
    if one.state.severity < other.state.severity:
        return False
    if one.limit_cents is None or other.limit_cents is None:
        return one.limit_cents is None
    return one.limit_cents <= other.limit_cents
