"""Playing a year through the services, day by day, in the order in which it happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from django.db import connection

from accounts.access import services as access
from accounts.customers import services as customers
from accounts.customers.facts import CustomerRef
from accounts.verification import services as verification
from accounts.verification.facts import Method
from backoffice.lib.transactions import joined
from compliance.ledger import services as ledger
from compliance.ledger.facts import client, system
from risk.decisions.models import DecisionTrigger
from risk.decisions.services import decide_many
from risk.demo.facts import CLIENT_ID
from risk.demo.lives import (
    DAY,
    DAYS,
    Asked,
    BureauReported,
    Event,
    Joined,
    Number,
    ProfileChanged,
)
from risk.signals import services as signals

APP = client(CLIENT_ID)
BUREAU = "demo-bureau"
CONSENT_TEXT = "2025-01"
BATCH = 500
# A plan made for an empty table is no good for a full one, and no sweep sees inside our
# transaction.
_FULL_ENOUGH_AFTER_DAYS = (0, 15, 60, 180)
_GROWING = (
    "accounts_customer, accounts_verification, accounts_access, accounts_restriction,"
    " accounts_identitycheck, accounts_bureaurecord, risk_customersignals, risk_decision,"
    " compliance_notice, compliance_delivery, compliance_ledgerentry"
)

Act = Callable[["Year"], None]


@dataclass(slots=True)
class Year:
    """The year so far. `midnight` is its first; nothing is played that lies after `until`."""

    midnight: dt.datetime
    until: dt.datetime
    customers: dict[str, CustomerRef] = field(default_factory=dict)
    latest: dict[str, Mapping[str, Number]] = field(default_factory=dict)
    decisions: int = 0

    def at(self, when: int) -> dt.datetime:
        return self.midnight + dt.timedelta(minutes=when)

    def play(
        self,
        events: Iterable[Event],
        acts: Iterable[tuple[int, Act]],
        progress: Callable[[int, Year], None],
    ) -> None:
        """Shape: acts are (when, what the lender itself does then)."""
        by_day = _by_day(events)
        acts_by_day: dict[int, list[tuple[int, Act]]] = {}
        for when, act in acts:
            acts_by_day.setdefault(when // DAY, []).append((when, act))
        for day in range(DAYS + 1):
            self._play_day(day, by_day.get(day, []), acts_by_day.get(day, []))
            if day in _FULL_ENOUGH_AFTER_DAYS:
                with connection.cursor() as cursor:
                    cursor.execute(f"ANALYZE {_GROWING}")
            progress(day, self)

    def refresh(self, references: Iterable[str], observed_at: dt.datetime) -> None:
        """The sources speak again about these customers, without news."""
        self._observe([(name, self.latest[name], observed_at) for name in references])

    def _play_day(self, day: int, events: Sequence[Event], acts: Sequence[tuple[int, Act]]) -> None:
        self._lift_ended(self.at(day * DAY + 30))
        past = [event for event in events if self.at(event.when) <= self.until]
        self._join([event for event in past if isinstance(event, Joined)])
        asked = [event for event in past if isinstance(event, Asked)]
        self._observe(
            [(event.reference, event.signals, self.at(event.when - 7)) for event in asked]
        )
        steps = [*_asking(asked), *_other_news(past)]
        steps += [(when, act) for when, act in acts if self.at(when) <= self.until]
        for _when, step in sorted(steps, key=lambda step: step[0]):
            step(self)

    def _join(self, joined_today: Sequence[Joined]) -> None:
        for start in range(0, len(joined_today), BATCH):
            self._join_batch(joined_today[start : start + BATCH])

    def _join_batch(self, batch: Sequence[Joined]) -> None:
        at = self.at(min(event.when for event in batch))
        actor = APP if batch[0].when >= DAY else system("import")
        written = verification.upsert_customers(
            profiles={event.reference: event.profile for event in batch},
            actor=actor, at=at, detail={},
        )  # fmt: skip
        self.customers |= written
        customers.give_consents(
            customers=[(written[event.reference], _consents(event)) for event in batch],
            document_version=CONSENT_TEXT, actor=actor, at=at,
        )  # fmt: skip
        verification.record_many(
            checks=[
                (written[event.reference], Method.ID_DOCUMENT, event.check)
                for event in batch if event.check
            ],
            records=[(written[event.reference], event.bureau) for event in batch if event.bureau],
            provider="demo-id", bureau=BUREAU, actor=actor, at=at,
        )  # fmt: skip

    def _observe(self, observed: Sequence[tuple[str, Mapping[str, Number], dt.datetime]]) -> None:
        """One row a customer: the last word of the day."""
        last = {reference: (values, at) for reference, values, at in observed}
        for reference, (values, _at) in last.items():
            self.latest[reference] = values
        rows = [(self.customers[name].id, values, at) for name, (values, at) in last.items()]
        for start in range(0, len(rows), BATCH):
            signals.write_observed(rows=rows[start : start + BATCH])
        if rows:
            ledger.record_many(
                actor=system("signals"), action="signals.written", subject_kind="customer",
                entries=[
                    (self.customers[name].public_id, {"signals": sorted(values)})
                    for name, (values, _at) in last.items()
                ],
                at=min(at for _values, at in last.values()),
            )  # fmt: skip

    def _lift_ended(self, at: dt.datetime) -> None:
        if at > self.until:
            return
        for _end, _row, public_id in access.ended(at=at, after=None, limit=10_000):
            joined(access.lift_ended)(
                restriction_public_id=public_id, actor=system("access"), at=at
            )

    def ask(self, when: int, product: str, references: Sequence[str]) -> None:
        decided = decide_many(
            customer_public_ids=[self.customers[name].public_id for name in references],
            product_code=product,
            trigger=DecisionTrigger.REQUEST,
            actor=APP,
            at=self.at(when),
        )
        self.decisions += len(decided)

    def hear_bureau(self, event: BureauReported) -> None:
        at = self.at(event.when)
        verification.record_bureau(
            customer_public_id=self.customers[event.reference].public_id, bureau=BUREAU,
            record=event.record, reported_at=at, actor=APP, at=at,
        )  # fmt: skip

    def change_profile(self, event: ProfileChanged) -> None:
        verification.upsert_customer(
            reference=event.reference, profile=event.profile, actor=APP, at=self.at(event.when)
        )


def _asking(asked: Sequence[Asked]) -> list[tuple[int, Act]]:
    """Whoever asks for the same product in the same minute is decided together."""
    together: dict[tuple[int, str], list[str]] = {}
    for event in asked:
        for product in event.products:
            together.setdefault((event.when, product), []).append(event.reference)
    return [
        (when, partial(Year.ask, when=when, product=product, references=references))
        for (when, product), references in together.items()
    ]


def _other_news(events: Sequence[Event]) -> list[tuple[int, Act]]:
    found: list[tuple[int, Act]] = []
    for event in events:
        if isinstance(event, BureauReported):
            found.append((event.when, partial(Year.hear_bureau, event=event)))
        elif isinstance(event, ProfileChanged):
            found.append((event.when, partial(Year.change_profile, event=event)))
    return found


def _by_day(events: Iterable[Event]) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = {}
    for event in sorted(events, key=lambda event: (event.when, event.reference)):
        found.setdefault(event.when // DAY, []).append(event)
    return found


def _consents(event: Joined) -> tuple[str, ...]:
    needed = ("credit_decision", "bureau_query")
    return (*needed, "marketing") if event.has_marketing_consent else needed
