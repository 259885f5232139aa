"""Access follows its causes: decided, restricted, lifted, ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from accounts.access import services, tasks
from accounts.access.facts import Cause, Source, State
from accounts.access.models import Access, Restriction
from backoffice.lib.errors import Conflict, Invalid, Missing, Refused
from compliance.ledger.facts import staff, system
from compliance.ledger.models import LedgerEntry
from compliance.notices.models import Notice
from compliance.reasons.models import Reason
from tests.accounts.access.conftest import TERMS, Account, open_account
from tests.lender import AT, Lender

DAY = dt.timedelta(days=1)
TOO_LOW = Cause("SCORE_TOO_LOW", State.CLOSED)
LATE = Cause("PAYMENT_LATE", State.LIMITED, 500_000)
TOO_OFTEN = Cause("APPLIED_TOO_OFTEN", State.CLOSED, None, AT + 30 * DAY)


def actions() -> list[str]:
    return list(
        LedgerEntry.objects.filter(action__regex=r"^(access|restriction)\.")
        .order_by("id").values_list("action", flat=True)
    )  # fmt: skip


def nothing_written() -> tuple[int, ...]:
    return tuple(
        model.objects.count() for model in (Access, Restriction, LedgerEntry, Notice)
    )  # fmt: skip


def test_the_first_decision_makes_the_row_and_says_so(account: Account) -> None:
    change = account.decide()
    assert (change.before, change.after, change.is_changed) == (None, State.OPEN, True)
    row = account.access
    assert (row.state, row.limit_cents, row.since) == ("OPEN", 2_000_000, AT)
    assert (row.terms_limit_cents, str(row.annual_rate), row.max_term_months) == (
        2_000_000, "0.12000", 12,
    )  # fmt: skip
    assert (row.next_review_at, row.decision_public_id) == (AT + 90 * DAY, "dec_1")
    assert actions() == ["access.opened"]
    assert Notice.objects.get().cause == "decision:dec_1"


def test_lifting_the_last_cause_reopens_on_the_terms_last_decided(account: Account) -> None:
    account.decide(LATE)
    one, two = account.restrict(), account.restrict("REGULATOR_ORDER", State.LIMITED, 100)
    assert account.state == ("CLOSED", None, ["OPERATOR_REVIEW", "PAYMENT_LATE", "REGULATOR_ORDER"])
    account.lift(one)
    assert account.state == ("LIMITED", 100, ["PAYMENT_LATE", "REGULATOR_ORDER"])
    account.lift(two)
    assert account.state == ("LIMITED", 500_000, ["PAYMENT_LATE"])
    account.lift(Restriction.objects.get(lifted_at=None).public_id)
    assert account.state == ("OPEN", 2_000_000, [])
    assert actions() == [
        "access.opened_limited",
        "restriction.started", "access.closed",
        "restriction.started", "access.reasons_changed",
        "restriction.lifted", "access.partly_restored",
        "restriction.lifted", "access.terms_changed",
        "restriction.lifted", "access.restored",
    ]  # fmt: skip


def test_an_operator_s_restriction_survives_decisions_and_keeps_its_note(account: Account) -> None:
    account.decide()
    public_id = account.restrict(note="  forged payslip suspected ")
    change = account.decide(at=AT + DAY)
    assert (change.after, change.is_changed) == (State.CLOSED, False)
    row = Restriction.objects.get()
    assert (row.public_id, row.lifted_at, row.note) == (public_id, None, "forged payslip suspected")
    assert (row.started_by, row.source) == ("staff:7", "operator")
    entry = LedgerEntry.objects.get(action="restriction.started")
    assert (entry.reason, entry.actor_kind, entry.actor_id) == (
        "forged payslip suspected", "staff", "7",
    )  # fmt: skip


def test_a_policy_and_an_operator_may_restrict_for_the_same_reason(account: Account) -> None:
    account.decide(TOO_LOW)
    public_id = account.restrict("SCORE_TOO_LOW")
    account.decide(at=AT + DAY)
    assert account.in_force() == [("SCORE_TOO_LOW", "operator")]
    assert account.state == ("CLOSED", None, ["SCORE_TOO_LOW"])
    account.lift(public_id, at=AT + DAY)
    assert account.state[0] == "OPEN"


def test_a_cause_without_a_date_lasts_as_long_as_it_is_found(account: Account) -> None:
    account.decide(LATE)
    first = Restriction.objects.get()
    account.decide(Cause("PAYMENT_LATE", State.CLOSED), at=AT + DAY)
    again = Restriction.objects.get()
    assert (again.id, again.started_at, again.effect) == (first.id, AT, "CLOSED")
    account.decide(at=AT + 2 * DAY)
    assert Restriction.objects.get().lifted_at == AT + 2 * DAY
    assert account.state == ("OPEN", 2_000_000, [])


def test_a_policy_s_cause_with_a_date_runs_its_course(account: Account) -> None:
    account.decide(TOO_OFTEN)
    change = account.decide(at=AT + 29 * DAY)
    assert (change.after, change.is_changed) == (State.CLOSED, False)
    assert account.decide(at=AT + 30 * DAY).after is State.OPEN
    assert Restriction.objects.get().lifted_at == AT + 30 * DAY


def test_the_same_cause_found_again_does_not_restart_it(account: Account) -> None:
    account.decide(TOO_OFTEN)
    later = AT + 10 * DAY
    account.decide(Cause("APPLIED_TOO_OFTEN", State.CLOSED, None, later + 30 * DAY), at=later)
    row = Restriction.objects.get()
    assert (row.started_at, row.ends_at) == (AT, AT + 30 * DAY)


def test_a_milder_finding_does_not_shorten_a_dated_cause(account: Account) -> None:
    account.decide(TOO_OFTEN)
    account.decide(Cause("APPLIED_TOO_OFTEN", State.LIMITED, 100), at=AT + DAY)
    row = Restriction.objects.get()
    assert (row.effect, row.ends_at) == ("CLOSED", AT + 30 * DAY)


def test_found_after_its_date_it_starts_anew(account: Account) -> None:
    account.decide(TOO_OFTEN)
    later = AT + 31 * DAY
    account.decide(Cause("APPLIED_TOO_OFTEN", State.CLOSED, None, later + 30 * DAY), at=later)
    old, new = Restriction.objects.order_by("id")
    assert (old.lifted_at, new.started_at, new.ends_at) == (later, later, later + 30 * DAY)
    assert account.state[0] == "CLOSED"


def test_a_date_that_has_come_counts_before_the_sweep_does(account: Account) -> None:
    account.decide()
    account.restrict(ends_at=AT + DAY)
    assert account.decide(at=AT + 2 * DAY).after is State.OPEN
    assert account.in_force() == []
    account.restrict(ends_at=AT + 3 * DAY, at=AT + 2 * DAY)
    account.restrict("REGULATOR_ORDER", at=AT + 4 * DAY)
    assert account.in_force() == [("REGULATOR_ORDER", "operator")]


def test_ended_restrictions_are_lifted_by_the_sweep_and_told(account: Account) -> None:
    account.decide()
    account.restrict(ends_at=AT + DAY)
    with time_machine.travel(AT + DAY - dt.timedelta(seconds=1), tick=False):
        assert tasks.lift_ended_restrictions() == 0
    with time_machine.travel(AT + DAY, tick=False):
        assert tasks.lift_ended_restrictions() == 1
        assert tasks.lift_ended_restrictions() == 0
    assert account.state == ("OPEN", 2_000_000, [])
    assert LedgerEntry.objects.filter(action="restriction.lifted").get().actor_id == "access"
    assert list(Notice.objects.order_by("id").values_list("template", flat=True)) == [
        "access_open", "access_closed", "access_open",
    ]  # fmt: skip


def test_one_that_cannot_be_lifted_does_not_hold_up_the_others(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [account, *(open_account(f"C-{number}") for number in range(2, 6))]
    bad, *_good = [one.restrict(ends_at=AT + DAY) for one in others]
    lift = services.lift_ended

    def failing(*, restriction_public_id: str, **given: Any) -> bool:
        if restriction_public_id == bad:
            raise KeyError("a bug")
        return lift(restriction_public_id=restriction_public_id, **given)

    monkeypatch.setattr(services, "lift_ended", failing)
    with time_machine.travel(AT + 2 * DAY, tick=False):
        assert tasks.lift_ended_restrictions(batch=2) == 4
    assert Restriction.objects.get(lifted_at=None).public_id == bad


def test_a_restriction_whose_end_was_moved_is_not_lifted(account: Account) -> None:
    account.decide()
    public_id = account.restrict(ends_at=AT + 2 * DAY)
    asked = {"restriction_public_id": public_id, "actor": system("access")}
    assert services.lift_ended(**asked, at=AT + DAY) is False
    assert services.lift_ended(**asked, at=AT + 2 * DAY) is True
    assert services.lift_ended(**asked, at=AT + 2 * DAY) is False


def test_nothing_offered_is_not_the_same_as_not_assessed(account: Account) -> None:
    account.restrict()
    account.lift(Restriction.objects.get().public_id)
    assert account.state == ("CLOSED", None, ["NOT_DECIDED"])
    account.decide(TOO_LOW, terms=None)
    account.lift(Restriction.objects.get(lifted_at=None).public_id)
    assert account.state == ("CLOSED", None, ["NO_TERMS"])


def test_another_rate_is_told_and_the_same_answer_is_not(account: Account) -> None:
    account.decide()
    assert account.decide(at=AT + DAY).is_changed is False
    dearer = type(TERMS)(TERMS.limit_cents, TERMS.annual_rate * 2, TERMS.max_term_months)
    assert account.decide(at=AT + 2 * DAY, terms=dearer).is_changed is True
    assert Notice.objects.count() == 2
    assert account.access.since == AT  # since when it is OPEN, not since the rate


def test_times_that_run_backwards_break_nothing(account: Account) -> None:
    """Whoever waited for the lock carries an earlier time than the one who held it."""
    account.decide(TOO_LOW, at=AT + DAY)
    change = account.decide(at=AT)
    assert change.after is State.OPEN
    assert Restriction.objects.get().lifted_at == AT + DAY
    assert account.access.since == AT + DAY


REFUSED: list[tuple[dict[str, Any], type[Refused], str]] = [
    ({"note": "  "}, Invalid, "note_required"),
    ({"ends_at": AT}, Invalid, "end_in_past"),
    ({"effect": State.OPEN}, Invalid, "effect_not_narrowing"),
    ({"effect": State.CLOSED, "limit": 5}, Invalid, "limit_not_applicable"),
    ({"effect": State.LIMITED, "limit": -1}, Invalid, "limit_negative"),
    ({"source": Source.POLICY}, Invalid, "source_not_allowed"),
    ({"reason": "NO_SUCH_REASON"}, Missing, "reason_unknown"),
    ({"reason": "POLICY_CHANGED"}, Missing, "reason_unknown"),  # retired below
]


@pytest.mark.parametrize(("given", "error", "code"), REFUSED)
def test_an_impossible_restriction_is_refused_and_writes_nothing(
    account: Account, given: dict[str, Any], error: type[Refused], code: str
) -> None:
    Reason.objects.filter(code="POLICY_CHANGED").update(is_active=False)
    before = nothing_written()
    with pytest.raises(error) as refused:
        account.restrict(**given)
    assert refused.value.code == code
    assert nothing_written() == before


def test_the_same_restriction_twice_is_a_conflict(account: Account) -> None:
    account.decide()
    account.restrict()
    before = nothing_written()
    with pytest.raises(Conflict) as refused:
        account.restrict(effect=State.LIMITED)
    assert refused.value.code == "restriction_already_active"
    assert nothing_written() == before
    account.restrict(source=Source.REGULATOR)  # another's is another


@pytest.mark.parametrize("note", ["", " \n"])
def test_lifting_needs_a_note(account: Account, note: str) -> None:
    public_id = account.restrict()
    with pytest.raises(Invalid) as refused:
        account.lift(public_id, note=note)
    assert refused.value.code == "note_required"
    assert Restriction.objects.get().lifted_at is None


def test_lifting_twice_and_lifting_nothing_are_refused(account: Account) -> None:
    public_id = account.restrict()
    account.lift(public_id)
    before = nothing_written()
    with pytest.raises(Conflict) as twice:
        account.lift(public_id)
    with pytest.raises(Missing) as unknown:
        account.lift("rst_unknown")
    assert (twice.value.code, unknown.value.code) == (
        "restriction_already_lifted", "restriction_unknown",
    )  # fmt: skip
    assert nothing_written() == before


@pytest.mark.parametrize(
    ("customer", "product"), [("cus_unknown", "flex-credit"), ("cus_C-1", "no-such-product")]
)
def test_unknown_customers_and_products_are_missing(
    account: Account, customer: str, product: str
) -> None:
    with pytest.raises(Missing) as refused:
        services.restrict(
            customer_public_id=customer, product_code=product, source=Source.OPERATOR,
            cause=Cause("OPERATOR_REVIEW", State.CLOSED), note="x", actor=staff(1), at=AT,
        )  # fmt: skip
    assert refused.value.code == "customer_or_product_unknown"
    assert Access.objects.count() == 0


def test_each_verb_costs_a_fixed_number_of_statements(
    account: Account, django_assert_num_queries: Callable[[int], Any]
) -> None:
    """Durable transactions of a test are savepoints, which count as two more."""
    account.decide()
    with django_assert_num_queries(5 + 2):  # fence, lock, mask, restrictions, access
        account.decide(at=AT + DAY)
    # + reason id, insert, ledger, notice
    with django_assert_num_queries(9 + 2):
        account.decide(TOO_LOW, at=AT + DAY)
    with django_assert_num_queries(11 + 2):
        public_id = account.restrict(at=AT + DAY)
    with django_assert_num_queries(10 + 2):
        account.lift(public_id, at=AT + DAY)


def test_restrictions_of_one_customer_touch_nobody_else(account: Account, lender: Lender) -> None:
    other = open_account("C-2")
    account.decide()
    other.decide()
    account.restrict()
    assert (account.access.state, other.access.state) == ("CLOSED", "OPEN")
