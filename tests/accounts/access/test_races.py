"""Two at once on one customer's access: real connections, real locks."""

from __future__ import annotations

import datetime as dt
import random

from accounts.access import services
from accounts.access.facts import Cause, State
from accounts.access.models import Access, Restriction
from accounts.access.rules import derive
from backoffice.lib.errors import Conflict
from compliance.ledger.facts import system
from compliance.ledger.models import LedgerEntry
from compliance.notices.models import Notice
from tests.accounts.access.conftest import TERMS, Account, open_account
from tests.lender import AT
from tests.threads import at_once, failures

LATE = Cause("PAYMENT_LATE", State.LIMITED, 500_000)
TOO_LOW = Cause("SCORE_TOO_LOW", State.CLOSED)
DAY = dt.timedelta(days=1)


def stored_is_derived(account: Account) -> bool:
    """Whether what is stored is what follows from the restrictions in force."""
    causes = [
        Cause(row.reason.code, State(row.effect), row.limit_cents)
        for row in Restriction.objects.filter(lifted_at=None).select_related("reason")
    ]
    derived = derive(causes=causes, terms=TERMS)
    return account.state == (derived.state, derived.limit_cents, list(derived.reason_codes))


def test_two_first_decisions_make_one_row_and_both_count(account_on_disk: Account) -> None:
    ends = at_once(
        [lambda: account_on_disk.decide(number=1), lambda: account_on_disk.decide(LATE, number=2)]
    )
    assert failures(ends) == []
    assert Access.objects.count() == 1
    befores = {change.before for change in ends}
    last = next(change for change in ends if change.before is not None)
    assert None in befores  # one of them was the first …
    assert account_on_disk.access.state == last.after  # … and the other saw what it wrote
    assert stored_is_derived(account_on_disk)


def test_the_races_of_one_customer_end_in_some_order(account_on_disk: Account) -> None:
    account = account_on_disk
    account.decide(LATE)

    # lifted twice: one is told that it was too late
    public_id = account.restrict()
    ends = at_once([lambda: account.lift(public_id)] * 3)
    assert [type(failure) for failure in failures(ends)] == [Conflict, Conflict]
    assert LedgerEntry.objects.filter(action="restriction.lifted").count() == 1
    assert stored_is_derived(account)

    # restricted twice for one reason: one row
    ends = at_once([lambda: account.restrict("REGULATOR_ORDER")] * 3)
    assert [type(failure) for failure in failures(ends)] == [Conflict, Conflict]
    assert account.in_force().count(("REGULATOR_ORDER", "operator")) == 1
    assert stored_is_derived(account)

    # restricting and lifting: whoever comes second sees what the first did
    public_id = Restriction.objects.get(source="operator", lifted_at=None).public_id
    ends = at_once([account.restrict, lambda: account.lift(public_id)])
    assert failures(ends) == []
    assert account.state == ("CLOSED", None, ["OPERATOR_REVIEW", "PAYMENT_LATE"])

    # the policy finds nothing any more while an operator restricts: both hold
    public_id = Restriction.objects.get(source="operator", lifted_at=None).public_id
    account.lift(public_id)
    ends = at_once([lambda: account.decide(number=90), account.restrict])
    assert failures(ends) == []
    assert account.in_force() == [("OPERATOR_REVIEW", "operator")]
    assert account.state == ("CLOSED", None, ["OPERATOR_REVIEW"])

    # the sweep and an operator end the same one: once
    account.lift(Restriction.objects.get(lifted_at=None).public_id)
    public_id = account.restrict(ends_at=AT + DAY)
    sweep = {"restriction_public_id": public_id, "actor": system("access"), "at": AT + DAY}
    ends = at_once(
        [
            lambda: services.lift_ended(**sweep),
            lambda: services.lift_ended(**sweep),
            lambda: account.lift(public_id, at=AT + DAY),
        ]
    )
    won = [end for end in ends if end is not False and not isinstance(end, Conflict)]
    assert len(won) == 1
    assert account.state == ("OPEN", 2_000_000, [])


def test_many_writers_on_few_customers_never_deadlock_nor_drift(account_on_disk: Account) -> None:
    """Every verb at once, in random order, on two customers."""
    accounts = [account_on_disk, open_account("C-2")]
    before = Notice.objects.count()

    def busy(seed: int) -> None:
        luck = random.Random(seed)
        for step in range(8):
            account = luck.choice(accounts)
            verb = luck.randrange(3)
            try:
                if verb == 0:
                    found = luck.sample(
                        [LATE, Cause("SCORE_TOO_LOW", State.CLOSED)], luck.randrange(3)
                    )
                    account.decide(*found, number=seed * 100 + step + 1)
                elif verb == 1:
                    account.restrict(luck.choice(["OPERATOR_REVIEW", "REGULATOR_ORDER"]))
                else:
                    held = Restriction.objects.filter(
                        customer__public_id=account.customer, lifted_at=None
                    ).values_list("public_id", flat=True)
                    if held:
                        account.lift(luck.choice(list(held)))
            except Conflict:
                continue

    ends = at_once([*[lambda seed=seed: busy(seed) for seed in range(4)]])
    assert failures(ends) == []
    for account in accounts:
        row = account.access
        held = Restriction.objects.filter(customer_id=row.customer_id, lifted_at=None)
        causes = [Cause(r.reason.code, State(r.effect), r.limit_cents) for r in held]
        terms = TERMS if row.terms_limit_cents else None
        derived = derive(causes=causes, terms=terms)
        assert (row.state, row.limit_cents, row.reason_codes) == (
            derived.state, derived.limit_cents, list(derived.reason_codes),
        )  # fmt: skip
    told = LedgerEntry.objects.filter(action__startswith="access.").count()
    assert Notice.objects.count() - before == told
