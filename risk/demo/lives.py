"""What happens to one customer in a year. Pure: drawn by lot, then told in order of time.

Times are whole minutes since the first midnight of the year.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from accounts.customers.facts import Profile
from accounts.verification.facts import BureauProfile, Result

DAYS = 365
DAY = 24 * 60
NIGHTLY = 3 * 60  # when the portfolio was decided in its first two weeks
FLEX, INSTALMENT, BUSINESS = "songlan-flex", "songlan-instalment", "songlan-business"
PORTFOLIO_SHARE = 0.55  # were customers when the year began; the others join during it
Number = Decimal | int | None


@dataclass(frozen=True, slots=True)
class Joined:
    when: int
    reference: str
    profile: Profile
    check: Result | None
    bureau: BureauProfile | None
    has_marketing_consent: bool


@dataclass(frozen=True, slots=True)
class BureauReported:
    when: int
    reference: str
    record: BureauProfile


@dataclass(frozen=True, slots=True)
class ProfileChanged:
    when: int
    reference: str
    profile: Profile


@dataclass(frozen=True, slots=True)
class Asked:
    """The customer asks for each of these products, with these signals known a little before."""

    when: int
    reference: str
    products: tuple[str, ...]
    signals: Mapping[str, Number]


Event = Joined | BureauReported | ProfileChanged | Asked


@dataclass(slots=True)
class Standing:
    """The signals of one customer as they change."""

    score: int | None
    utilisation: Decimal
    late: int = 0
    late_6m: int = 0
    applications: int = 1
    limit_cents: int = 2_000_000
    age: int = 35

    def signals(self) -> dict[str, Number]:
        return {
            "score": self.score,
            "utilisation": self.utilisation,
            "months_late_now": self.late,
            "months_late_max_6m": self.late_6m,
            "payment_ratio_6m": Decimal(1) - Decimal(self.late_6m) / 10,
            "current_limit_cents": self.limit_cents,
            "age_years": self.age,
            "applications_7d": max(self.applications - 3, 0),
            "applications_30d": self.applications,
            "applications_90d": self.applications + 2,
        }


@dataclass(slots=True)
class Life:
    """One customer's year being drawn; `events` is the result."""

    random: Random
    reference: str
    profile: Profile
    standing: Standing
    products: tuple[str, ...]
    spare_phone: str
    events: list[Event] = field(default_factory=list)

    def join(self, when: int) -> None:
        check, bureau = _identity(self.random, self.profile, self.spare_phone)
        likes_mail = self.random.random() < 0.4
        self.events.append(Joined(when, self.reference, self.profile, check, bureau, likes_mail))

    def ask(self, when: int) -> None:
        standing = self.standing.signals()
        self.events.append(Asked(when, self.reference, self.products, standing))

    def lose_phone(self, when: int) -> None:
        """The bureau has another number now."""
        record = dataclasses.replace(_on_file(self.profile), phone=self.spare_phone)
        self.events.append(BureauReported(when, self.reference, record))
        self.ask(when + 3)

    def correct_phone(self, when: int) -> None:
        changed = Profile(phone=self.spare_phone)
        self.events.append(ProfileChanged(when, self.reference, changed))
        self.ask(when + 3)

    def change(self, when: int, **values: Number) -> None:
        for name, value in values.items():
            setattr(self.standing, name, value)
        self.ask(when)


def year_of(random: Random, reference: str, profile: Profile, *, age: int, spare: str) -> Life:
    """One customer's life, drawn by lot."""
    life = Life(random, reference, profile, _standing(random, age), _products(random), spare)
    is_old = random.random() < PORTFOLIO_SHARE
    joined = 9 * 60 if is_old else minute_of(random, random.randrange(1, DAYS + 1))
    life.join(joined)
    asked = random.randrange(1, 15) * DAY + NIGHTLY if is_old else joined + 12
    life.ask(asked)
    drawn = sorted(_drawn(random, first=asked // DAY + 10), key=lambda step: step[0])
    for day, step in _apart(drawn):
        step(life, minute_of(random, day))
    return life


def minute_of(random: Random, day: int) -> int:
    """A time of day at which people apply."""
    hour = random.choices(range(8, 23), (3, 5, 7, 7, 6, 5, 6, 7, 7, 6, 6, 7, 9, 8, 5))[0]
    return day * DAY + hour * 60 + random.randrange(60)


Step = Callable[[Life, int], None]


def _drawn(random: Random, *, first: int) -> list[tuple[int, Step]]:
    """What befalls somebody, by day; the chances are for a whole year."""
    found: list[tuple[int, Step]] = []
    left = max(DAYS - first, 0) / DAYS
    for chance, befall in _CHANCES:
        if first < DAYS and random.random() < chance * left:
            found += befall(random, random.randrange(first, DAYS + 1))
    return [(day, step) for day, step in found if day <= DAYS]


def _apart(drawn: list[tuple[int, Step]]) -> list[tuple[int, Step]]:
    """One thing a day: signals are observed once a day."""
    free, result = 0, []
    for day, step in drawn:
        free = max(day, free)
        if free <= DAYS:
            result.append((free, step))
        free += 1
    return result


def _score_moves(random: Random, day: int) -> list[tuple[int, Step]]:
    by = round(random.gauss(-6, 45))

    def step(life: Life, when: int) -> None:
        before = life.standing.score or 640
        life.change(when, score=min(max(before + by, 480), 850))

    return [(day, step)]


def _pays_late(random: Random, day: int) -> list[tuple[int, Step]]:
    late = 1 if random.random() < 0.72 else random.choice((2, 2, 3))
    cured = day + late * 20 + random.randrange(8, 40)
    return [
        (day, lambda life, when: life.change(when, late=late, late_6m=late)),
        (cured, lambda life, when: life.change(when, late=0)),
        (cured + 185, lambda life, when: life.change(when, late_6m=0)),
    ]


def _applies_often(random: Random, day: int) -> list[tuple[int, Step]]:
    times = random.choice((4, 5, 6, 7, 8, 9, 11))
    return [
        (day, lambda life, when: life.change(when, applications=times)),
        (day + 34, lambda life, when: life.change(when, applications=random.randrange(3))),
    ]


def _spends(random: Random, day: int) -> list[tuple[int, Step]]:
    share = Decimal(random.randrange(91, 100)) / 100
    return [
        (day, lambda life, when: life.change(when, utilisation=share)),
        (
            day + random.randrange(25, 90),
            lambda life, when: life.change(when, utilisation=Decimal("0.42")),
        ),
    ]


def _changes_phone(random: Random, day: int) -> list[tuple[int, Step]]:
    found: list[tuple[int, Step]] = [(day, lambda life, when: life.lose_phone(when))]
    if random.random() < 0.6:
        found.append((day + random.randrange(2, 30), lambda life, when: life.correct_phone(when)))
    return found


def _asks_again(random: Random, day: int) -> list[tuple[int, Step]]:
    return [(day, lambda life, when: life.ask(when))]


_CHANCES: tuple[tuple[float, Callable[[Random, int], list[tuple[int, Step]]]], ...] = (
    (0.20, _score_moves),
    (0.08, _pays_late),
    (0.08, _applies_often),
    (0.05, _spends),
    (0.04, _changes_phone),
    (0.06, _asks_again),
)


def _standing(random: Random, age: int) -> Standing:
    score = round(min(max(random.gauss(692, 52), 500), 850))
    used = min(max(random.gauss(0.75 - (score - 600) / 500, 0.16), 0.02), 0.96)
    is_behind = random.random() < max(0.02, 0.3 - (score - 540) / 500)
    late_6m = random.choice((1, 1, 2)) if is_behind else 0
    return Standing(
        score=None if random.random() < 0.01 else score,
        utilisation=Decimal(round(used * 100)) / 100,
        late_6m=late_6m,
        late=late_6m if random.random() < 0.25 else 0,
        applications=random.choices((0, 1, 2, 3, 4, 7), (30, 34, 20, 11, 4, 1))[0],
        limit_cents=random.choice((10, 20, 30, 50, 80)) * 100_000,
        age=age,
    )


def _products(random: Random) -> tuple[str, ...]:
    found = [FLEX] if random.random() < 0.95 else []
    if random.random() < 0.14 or not found:
        found.append(INSTALMENT)
    if random.random() < 0.05:
        found.append(BUSINESS)
    return tuple(found)


def _identity(
    random: Random, profile: Profile, spare_phone: str
) -> tuple[Result | None, BureauProfile | None]:
    """How the identity check went, and what the bureau has on file."""
    lot = random.random()
    record = _on_file(profile)
    if lot < 0.008:
        return Result.FAILED, record
    if lot < 0.02:
        return None, record
    if lot < 0.03:
        return Result.PASSED, None
    if lot < 0.045:
        return Result.PASSED, dataclasses.replace(record, phone=spare_phone)
    if lot < 0.055:
        return Result.PASSED, dataclasses.replace(record, legal_name=f"{record.legal_name}安")
    if lot < 0.06:
        return Result.PASSED, dataclasses.replace(record, legal_name="欧阳无名")
    return Result.PASSED, record


def _on_file(profile: Profile) -> BureauProfile:
    given = (profile.legal_name, profile.id_number, profile.phone)
    name, number, phone = (value if isinstance(value, str) else None for value in given)
    return BureauProfile(legal_name=name, id_number=number, phone=phone)
