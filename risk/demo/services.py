"""Seeding the fictional lender: one transaction, so that a killed seed leaves nothing behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from random import Random

from django.conf import settings
from django.db import connection

from accounts.customers.rules import age_on
from accounts.verification.rules import birth_date_in
from backoffice.lib import clock
from backoffice.lib.errors import NotAllowed
from backoffice.lib.transactions import entry
from compliance.ledger import queries as ledger
from compliance.ledger import services as ledger_services
from compliance.ledger.facts import system
from compliance.notices import queries as notice_queries
from compliance.notices import services as notices
from compliance.notices.facts import Ending
from risk.demo import calendar, lender, proving, stories
from risk.demo.facts import SUBJECT, Seeded
from risk.demo.happenings import happened
from risk.demo.lives import DAYS, FLEX, Event, Life, year_of
from risk.demo.people import People
from risk.demo.year import Year
from risk.policies import queries as policies
from risk.signals import rechecks, taking
from risk.signals.given import GivenEvent
from risk.signals.taking import EVENTS_AT_MOST

_LOCK = 0xDE30
_BROKEN_MAILBOX_SHARE = 0.002
Progress = Callable[[str], None]


@entry
def seed(*, customers: int, seed: int, now: dt.datetime, progress: Progress) -> Seeded:
    """Write the lender and its year up to `now`, or nothing when it is there already.

    The same seed, number and day give the same people, facts and decisions (ids differ).
    Raises: NotAllowed outside the demo mode; Conflict when the database holds other data under
    our names. Effects: everything in one transaction; nobody is sent anything.
    """
    if not settings.IS_DEMO:
        raise NotAllowed("The demo's data is only for SLUICE_MODE=demo.", code="not_the_demo")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    if ledger.about(subject=SUBJECT, limit=1):
        return Seeded(0, 0, 0, was_there=True)
    today = clock.business_date(now)
    midnight = dt.datetime.combine(
        today - dt.timedelta(days=DAYS), dt.time(), tzinfo=clock.business_zone()
    )
    random = Random(seed)  # noqa: S311 — the same people every time, not secrets
    lives = _lives(random, customers, today)
    team = lender.found(at=midnight - dt.timedelta(days=7))
    year = Year(midnight=midnight, until=now)
    by_lot = [life.reference for life in lives if not life.reference.startswith("DEMO-")]
    year.play(
        _events(lives), calendar.acts(team, random, by_lot),
        lambda day, so_far: _say(progress, day, so_far),
    )  # fmt: skip
    year.refresh(list(year.latest), now - dt.timedelta(hours=2))
    reported_until = now - dt.timedelta(hours=3)  # before the sources spoke last
    _report(happened(lives=lives, seed=seed, midnight=midnight, before=reported_until), progress)
    _settle_rechecks(year, now)
    told = _settle_notices(random, lives, year, now)
    ledger_services.record(
        actor=system("demo"), action="demo.seeded", subject=SUBJECT, at=now,
        detail={"customers": len(year.customers), "decisions": year.decisions},
    )  # fmt: skip
    return Seeded(len(year.customers), year.decisions, told, was_there=False)


def backtest_waiting(*, progress: Progress) -> None:
    """What the version that waits for its approver would do to everybody.

    Not part of `seed`: a snapshot shows what is committed.
    """
    waiting = policies.versions().filter(product__code=FLEX, status="submitted").first()
    if waiting is not None:
        count = proving.prove_on_everybody(
            public_id=waiting.public_id, note="提交审批前的回测。", actor=system("demo")
        )
        progress(f"backtest of the policy that waits: {count:,} customers")


def _lives(random: Random, count: int, today: dt.date) -> list[Life]:
    people = People(random, today)
    written = stories.written(people)
    drawn = []
    for _number in range(max(count - len(written), 0)):
        reference, profile = people.next()
        born = birth_date_in(str(profile.id_number)) or today
        age = age_on(today, birth_date=born)
        drawn.append(year_of(random, reference, profile, age=age, spare=people.phone()))
    return [*written, *drawn]


def _events(lives: Sequence[Life]) -> list[Event]:
    return [event for life in lives for event in life.events]


def _report(events: Sequence[tuple[dt.datetime, GivenEvent]], progress: Progress) -> None:
    """As a lender's systems would have, a batch at a time; each arrives when its last has
    happened. The sources spoke later than any of these: no signal moves.
    """
    for start in range(0, len(events), EVENTS_AT_MOST):
        batch = events[start : start + EVENTS_AT_MOST]
        taking.take(events=[event for _at, event in batch], source="demo", at=batch[-1][0])
    progress(f"{len(events):,} events")


def _settle_rechecks(year: Year, now: dt.datetime) -> None:
    """Everybody was decided in the year as it went: nobody waits for a worker."""
    customer_ids = [customer.id for customer in year.customers.values()]
    asked = rechecks.read(customer_ids=customer_ids, at=now)
    rechecks.conclude(asked=asked, held={}, failed={}, at=now)


def _settle_notices(random: Random, lives: Sequence[Life], year: Year, now: dt.datetime) -> int:
    """What was told in the year has left long ago; two thirds of it has been read.

    Effects: no delivery of the seed is left for a worker.
    """
    endings = {}
    for life in lives:
        customer = year.customers.get(life.reference)
        if customer is None:
            continue
        ending: tuple[Ending, str] = (Ending.SENT, "")
        if life.profile.email is None:
            ending = (Ending.SKIPPED, "")
        elif random.random() < _BROKEN_MAILBOX_SHARE:
            ending = (Ending.FAILED, "email_SMTPRecipientsRefused")
        endings[customer.public_id] = ending
    told = notices.record_sent(recipients=endings)
    reads = {}
    for public_id, queued_at in notice_queries.queued(recipients=list(endings)):
        waited = dt.timedelta(minutes=random.expovariate(1 / 600))
        if random.random() < 0.7 and queued_at + waited < now:
            reads[public_id] = queued_at + waited
    notices.mark_many_read(reads=reads)
    return told


def _say(progress: Progress, day: int, year: Year) -> None:
    if day % 30 == 0 or day == DAYS:
        month = year.at(day * 24 * 60).astimezone(clock.business_zone())
        progress(
            f"{month:%Y-%m-%d}  {len(year.customers):>5,} customers  {year.decisions:>6,} decisions"
        )
