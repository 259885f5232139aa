"""A file of events: each row taken once, placed at its own time, or reported with its column."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.customers import services as customers
from accounts.customers.facts import Profile
from backoffice.lib import clock
from compliance.ledger.facts import system
from risk.events.models import Event, EventKey
from risk.intake import running
from risk.intake.event_mapping import FLAGS, NUMBERS, TEXTS, read_mapping
from risk.intake.facts import MappingRefused, Summary
from risk.intake.kinds import EVENTS
from risk.intake.models import ImportRun
from risk.signals.event_fields import FIELDS
from risk.signals.models import CustomerSignals, Recheck
from tests.risk.intake.killing import import_through_kills

MAPPING = """
source = "core-banking"
event_id = "{BRANCH}-{NO}"
customer = "CLIENT"
occurred_at = "AT"

[kind]
column = "TYPE"
map = { A = "application", P = "repayment_paid", S = "score", L = "login" }

[fields]
amount_cents = "AMOUNT * 100"
days_late = "DPD"
score = "POINTS"
phone = "PHONE"

[device]
hardware_id = "DEVICE"
platform = { column = "OS", map = { i = "ios" }, otherwise = "android" }
"""
HEADER = "BRANCH,NO,CLIENT,AT,TYPE,AMOUNT,DPD,POINTS,PHONE,DEVICE,OS\n"
ROWS = (
    "N,1,C-1,2026-05-01T08:00:00+08:00,A,120.50,,,13800138000,,\n"
    "N,2,C-1,2026-05-02T08:00:00Z,P,99,3,,,,\n"
    "S,1,C-2,2026-05-03T08:00:00Z,S,,,655,,,\n"
    "S,2,C-2,2026-05-04T08:00:00Z,L,,,,,A1B2C3D4,i\n"
)
NOW = dt.datetime(2026, 6, 1, 4, 0, tzinfo=dt.UTC)

Run = Callable[..., Summary]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.csv"


@pytest.fixture
def people(db: None) -> None:
    for reference in ("C-1", "C-2"):
        customers.write_profile(
            reference=reference, profile=Profile(), actor=system("test"), at=NOW
        )


@pytest.fixture
def run(file: Path, people: None) -> Run:
    def import_now(content: str, text: str = MAPPING, **options: object) -> Summary:
        file.write_text(HEADER + content)
        return running.import_file(
            kind=EVENTS,
            path=file,
            mapping=read_mapping(text.encode(), at=clock.now()),
            options=running.Options(**options),  # type: ignore[arg-type]
            actor=system("test"),
            progress=lambda _position, _total: None,
        )

    return import_now


def rejected(file: Path) -> list[tuple[str, str, str]]:
    with running.rejects_path(file).open(newline="", encoding="utf-8") as side:
        return [(row["line"], row["column"], row["code"]) for row in csv.DictReader(side)]


@pytest.mark.django_db(transaction=True)
def test_each_row_is_an_event_at_its_own_time_with_what_its_kind_has(run: Run) -> None:
    done = run(ROWS).position
    assert (done.rows_read, done.rows_written, done.rows_rejected) == (4, 4, 0)
    found = Event.objects.order_by("occurred_at").values_list(
        "event_id", "kind", "customer__reference", "occurred_at", "amount_cents", "detail"
    )
    day = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    assert list(found) == [
        ("N-1", "application", "C-1", day, 12050, {}),
        ("N-2", "repayment_paid", "C-1", day + dt.timedelta(1, hours=8), 9900, {"days_late": 3}),
        ("S-1", "score", "C-2", day + dt.timedelta(2, hours=8), None, {"score": 655}),
        ("S-2", "login", "C-2", day + dt.timedelta(3, hours=8), None, {}),
    ]
    assert Event.objects.get(event_id="N-1").phone_key is not None
    assert Event.objects.get(event_id="S-2").device is not None
    assert CustomerSignals.objects.get(customer__reference="C-2").score == 655
    assert set(Recheck.objects.values_list("customer__reference", flat=True)) == {"C-1", "C-2"}


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_an_event_is_reported_with_its_column_and_stops_no_other(
    run: Run, file: Path
) -> None:
    done = run(
        ROWS + "N,3,C-9,2026-05-01T08:00:00Z,A,1,,,,,\n"  # nobody
        "N,4,C-1,2056-05-01T08:00:00Z,A,1,,,,,\n"  # the future
        "N,5,C-1,1999-05-01T08:00:00Z,A,1,,,,,\n"  # too long ago
        "N,6,C-1,2026-05-01T08:00:00Z,X,1,,,,,\n"  # no such text
        "N,7,C-1,2026-05-01T08:00:00Z,A,many,,,,,\n"
        "N,8,C-1,2026-05-01T08:00:00Z,A,,,,,,\n"  # an application without its amount
        "N,9,C-1,2026-05-01T08:00:00Z,A,1.005,,,,,\n"  # half a cent
        "N,1,C-1,2026-05-01T08:00:00Z,A,77,,,,,\n"  # another event's id
        "N,,C-1,2026-05-01T08:00:00Z,A,1,,,,,\n"
        "N,10,C-1,2026-05-01,A,1,,,1,,\n"  # no phone
    ).position
    assert (done.rows_read, done.rows_written, done.rows_rejected) == (14, 4, 10)
    assert sorted(rejected(file), key=lambda row: int(row[0])) == [
        ("6", "CLIENT", "customer_unknown"),
        ("7", "AT", "time_in_future"),
        ("8", "AT", "time_too_old"),
        ("9", "TYPE", "kind_unmapped"),
        ("10", "AMOUNT", "not_a_number"),
        ("11", "AMOUNT", "required"),
        ("12", "AMOUNT", "wrong_type"),
        ("13", "NO", "event_conflict"),
        ("14", "NO", "event_id_missing"),
        ("15", "PHONE", "malformed"),
    ]
    assert Event.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_events_taken_before_are_counted_and_written_once(run: Run) -> None:
    run(ROWS)
    done = run(ROWS + ROWS, again=True).position
    assert (done.rows_read, done.rows_written, done.rows_repeated) == (8, 8, 8)
    assert Event.objects.count() == EventKey.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_a_check_says_what_an_import_would_and_writes_nothing(people: None, file: Path) -> None:
    file.write_text(HEADER + ROWS + "N,8,C-1,2026-05-01T08:00:00Z,A,,,,,,\n")
    summary = running.check_file(
        path=file, kind=EVENTS, mapping=read_mapping(MAPPING.encode(), at=clock.now()),
        options=running.Options(), progress=lambda *_: None,
    )  # fmt: skip
    assert (summary.position.rows_written, summary.position.rows_rejected) == (4, 1)
    assert Event.objects.count() == EventKey.objects.count() == ImportRun.objects.count() == 0


def test_every_field_of_every_kind_can_be_mapped() -> None:
    known = {name for fields in FIELDS.values() for name in fields.readers}
    assert known == {*NUMBERS, *FLAGS, *TEXTS, "device"}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('event_id = "{BRANCH}-{NO}"', "event_id"),
        ('customer = "CLIENT"', "customer"),
        ('occurred_at = "AT"', "occurred_at"),
    ],
)
def test_a_mapping_without_what_every_event_has_is_refused(text: str, place: str) -> None:
    with pytest.raises(MappingRefused) as refused:
        read_mapping(MAPPING.replace(text, "").encode(), at=NOW)
    assert [fault.place for fault in refused.value.faults] == [place]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('A = "application"', 'A = "aplication"', "kind"),
        ("[fields]", '[fields]\namount_cent = "X"', "fields.amount_cent"),
        ('score = "POINTS"', 'score = "POINTS +"', "fields.score"),
        ('score = "POINTS"', 'score = { column = "POINTS" }', "fields.score.column"),
        ('phone = "PHONE"', "phone = 3", "fields.phone"),
        ('phone = "PHONE"', 'happened = "YES"', "fields.happened"),
        ("source = ", 'kinds = "T"\nsource = ', "kinds"),
    ],
)
def test_a_slip_in_a_mapping_is_told_with_its_place(old: str, new: str, place: str) -> None:
    with pytest.raises(MappingRefused) as refused:
        read_mapping(MAPPING.replace(old, new).encode(), at=NOW)
    assert place in [fault.place for fault in refused.value.faults]


@pytest.mark.django_db(transaction=True)
def test_all_events_of_a_file_may_be_of_one_kind_with_an_outcome(run: Run) -> None:
    text = """
    source = "collections"
    event_id = "NO"
    customer = "CLIENT"
    occurred_at = { column = "AT", date = "%d/%m/%Y" }
    kind = { value = "default" }
    [fields]
    happened = { column = "TYPE", true = ["Y"], false = ["N"] }
    """
    run("N,1,C-1,30/04/2026,Y,,,,,,\nN,2,C-2,30/04/2026,N,,,,,,\n", text)
    found = Event.objects.order_by("event_id").values_list("event_id", "detail")
    assert list(found) == [("1", {"happened": True}), ("2", {"happened": False})]


@pytest.mark.django_db(transaction=True)
def test_the_command_tells_what_was_new_and_what_was_there(
    people: None, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping = tmp_path / "events.toml"
    mapping.write_text(MAPPING)
    file.write_text(HEADER + ROWS + ROWS)
    call_command("import_events", str(file), "--mapping", str(mapping))
    out = capsys.readouterr().out
    assert "8 rows: 8 written, 0 rejected." in out
    assert "Events: 4 new, 4 taken before." in out
    with pytest.raises(CommandError, match="--batch is 1 to"):
        call_command("import_events", str(file), "--mapping", str(mapping), "--batch", "0")


@pytest.mark.django_db(transaction=True)
def test_a_killed_import_goes_on_and_loses_and_doubles_nothing(
    people: None, file: Path, tmp_path: Path
) -> None:
    mapping = tmp_path / "events.toml"
    mapping.write_text(MAPPING)
    count = 3000
    file.write_text(
        HEADER
        + "".join(
            f"N,{n},C-{1 + n % 2},2026-05-{1 + n % 28:02}T08:00:00Z,A,{n},,,,,\n"
            if n % 10
            else f"N,{n},C-1,2026-05-01T08:00:00Z,A,bad,,,,,\n"
            for n in range(count)
        )
    )
    import_through_kills("import_events", file, mapping)
    done = ImportRun.objects.get()
    assert (done.state, done.kind, done.rows_written, done.rows_rejected, done.rows_repeated) == (
        "finished", "events", count * 9 // 10, count // 10, 0,
    )  # fmt: skip
    assert Event.objects.count() == EventKey.objects.count() == count * 9 // 10
    assert len(rejected(file)) == count // 10
