"""Whole imports: everything is written or reported, once, and a change is a change."""

from __future__ import annotations

import csv
import datetime as dt
import os
from decimal import Decimal
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.customers import sealing
from accounts.customers.facts import Profile
from accounts.customers.models import Customer
from accounts.verification import services as verification
from accounts.verification.facts import BureauProfile
from accounts.verification.models import Verification
from backoffice.lib.errors import Conflict
from compliance.ledger.facts import system
from compliance.ledger.models import LedgerEntry
from risk.intake import running, services
from risk.intake.facts import FileRefused, MappingRefused, Position
from risk.intake.kinds import CUSTOMERS
from risk.intake.models import ImportedCustomer, ImportRun
from risk.signals.models import CustomerSignals, Outcome
from tests.risk.intake.conftest import HEADER, MAPPING, Run, mapping

pytestmark = pytest.mark.django_db(transaction=True)

THREE = HEADER + "C-1,张三,13800000001,0,0\nC-2,李四,13800000002,2,1\nC-3,,,,\n"


def rejects(file: Path) -> list[dict[str, str]]:
    with running.rejects_path(file).open(newline="", encoding="utf-8") as side:
        return list(csv.DictReader(side))


def counts() -> dict[str, int]:
    models = (Customer, Verification, CustomerSignals, Outcome, LedgerEntry)
    return {model.__name__: model.objects.count() for model in models}


def test_rows_become_customers_with_signals_outcomes_and_a_trace(run: Run, file: Path) -> None:
    done = run(THREE).position
    assert (done.rows_read, done.rows_written, done.rows_rejected) == (3, 3, 0)
    assert (done.customers_created, done.customers_changed) == (3, 0)
    two = Customer.objects.get(reference="C-2")
    assert sealing.opened(two, "legal_name") == "李四"
    assert sealing.index("phone", "13800000002") == bytes(two.phone_index)
    found = CustomerSignals.objects.get(customer=two)
    assert found.months_late_now == 2
    assert found.months_late_now_observed_at == dt.datetime(2026, 4, 30, 16, tzinfo=dt.UTC)
    assert list(Outcome.objects.order_by("id").values_list("happened", "source")) == [
        (False, "test"), (True, "test"),
    ]  # fmt: skip
    three = Customer.objects.get(reference="C-3")
    assert (three.legal_name_sealed, three.phone_index) == (None, None)
    assert CustomerSignals.objects.get(customer=three).months_late_now is None
    ours = ImportRun.objects.get()
    assert (ours.state, ours.bytes_done, ours.lines_done) == ("finished", len(THREE.encode()), 4)
    entry = LedgerEntry.objects.get(subject_id=two.public_id, action="customer.created")
    assert entry.detail == {"fields": ["legal_name", "phone"], "import": ours.public_id}
    actions = LedgerEntry.objects.filter(subject_kind="import").values_list("action", flat=True)
    assert list(actions.order_by("id")) == ["import.started", "import.finished"]
    assert rejects(file) == []


def test_the_same_file_again_does_nothing_and_forced_changes_nothing(run: Run) -> None:
    run(THREE)
    before = counts()
    again = run(None)
    assert (again.was_already_done, counts()) == (True, before)

    forced = run(None, again=True)
    assert forced.position.rows_written == 3
    assert (forced.position.customers_created, forced.position.customers_changed) == (0, 0)
    before["LedgerEntry"] += 2  # that it was imported once more, and nothing about customers
    assert counts() == before


def test_a_changed_file_under_the_same_name_is_another_run(run: Run) -> None:
    run(THREE)
    done = run(THREE.replace("李四", "李肆")).position
    assert (done.customers_created, done.customers_changed) == (0, 1)
    assert ImportRun.objects.count() == 2
    two = Customer.objects.get(reference="C-2")
    assert sealing.opened(two, "legal_name") == "李肆"
    assert sealing.index("legal_name", "李肆") == bytes(two.legal_name_index)
    entry = LedgerEntry.objects.get(subject_id=two.public_id, action="customer.changed")
    assert entry.detail["fields"] == ["legal_name", "phone"]


def test_an_empty_cell_leaves_what_is_on_file_but_makes_a_signal_unknown(run: Run) -> None:
    run(THREE)
    run(HEADER + "C-2,,13900000000,,\n")
    two = Customer.objects.get(reference="C-2")
    assert sealing.opened(two, "legal_name") == "李四"
    assert sealing.opened(two, "phone") == "13900000000"
    assert CustomerSignals.objects.get(customer=two).months_late_now is None
    assert Outcome.objects.get(customer=two).happened is True


def test_a_changed_profile_is_compared_with_the_bureau_again(run: Run) -> None:
    run(THREE)
    two = Customer.objects.get(reference="C-2")
    at = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    verification.record_bureau(
        customer_public_id=two.public_id, bureau="b", actor=system("test"), at=at,
        record=BureauProfile("李四", None, "13800000002"), reported_at=at,
    )  # fmt: skip
    assert Verification.objects.get(customer=two).phone_comparison == "match"
    run(HEADER + "C-2,李四,13911112222,2,1\n")
    assert Verification.objects.get(customer=two).phone_comparison == "differs"


def test_an_identity_number_gives_its_birth_date_as_the_single_write_does(run: Run) -> None:
    text = MAPPING.replace('legal_name = "NAME"', 'legal_name = "NAME"\nid_number = "IDNO"')
    run("ID,NAME,PHONE,LATE,BAD,IDNO\nC-1,,,,,11010519491231002X\nC-2,,,,,123\n", text)
    one = Customer.objects.get(reference="C-1")
    assert sealing.opened(one, "birth_date") == "1949-12-31"
    verification.upsert_customer(
        reference="C-9", profile=Profile(id_number="123"), actor=system("test"), at=one.created_at
    )
    columns = ("status", "name_comparison", "id_number_comparison", "phone_comparison")
    bulk, single = (
        Verification.objects.filter(customer__reference=ref).values_list(*columns).get()
        for ref in ("C-2", "C-9")
    )
    assert bulk == single == ("mismatch", "missing", "invalid", "missing")


@pytest.mark.parametrize("batch", [1, 2, 500])
def test_a_customer_given_twice_is_written_twice_and_the_later_row_wins(
    run: Run, file: Path, batch: int
) -> None:
    body = "C-1,Ann,13800000001,0,0\nC-2,Bob,,1,\nC-1,Anne,,2,1\nC-1,,,3,\n"
    done = run(HEADER + body, batch=batch).position
    assert (done.rows_read, done.rows_written, done.rows_repeated) == (4, 4, 2)
    assert done.customers_created == 2
    one = Customer.objects.get(reference="C-1")
    assert sealing.opened(one, "legal_name") == "Anne"
    assert sealing.opened(one, "phone") == "13800000001"
    assert CustomerSignals.objects.get(customer=one).months_late_now == 3
    assert Outcome.objects.get(customer=one).happened is True
    assert [(r["line"], r["code"], r["outcome"]) for r in rejects(file)] == [
        ("4", "reference_repeated", "warning"), ("5", "reference_repeated", "warning"),
    ]  # fmt: skip
    assert "Line 2 gave" in rejects(file)[0]["cause"]
    assert "Line 4 gave" in rejects(file)[1]["cause"]
    assert ImportedCustomer.objects.count() == 0


def test_of_repeated_rows_with_their_own_dates_the_newest_observation_counts(run: Run) -> None:
    text = MAPPING.replace("observed_at = 2026-05-01", 'observed_at = { column = "SEEN" }')
    head = HEADER.replace("BAD", "BAD,SEEN")
    run(head + "C-1,,,5,,2026-05-02\nC-1,,,1,,2026-05-01\nC-2,,,1,,2026-05-01\n", text)
    late = CustomerSignals.objects.order_by("customer_id").values_list("months_late_now", flat=True)
    assert list(late) == [5, 1]


def test_unusable_rows_are_reported_and_every_other_is_written(run: Run, file: Path) -> None:
    body = (
        b"C-1,Ann,13800000001,0,0\r\n"
        b"\r\n"
        b",Bob,,0,0\r\n"
        b"C-3,\xff\xfe,,0,0\r"
        b'C-4,"two\nlines",,0,0\n'
        b"C-5,Eve,,NaN,0\n"
        b"C-6,Eve\n"
        b'C-8,"Zo""e",,0,0\n'
        b'C-7,"open,,0,0\n'
        b"C-9,Kim,,0,0\n"
    )
    done = run(HEADER.encode() + body).position
    assert (done.rows_read, done.rows_written, done.rows_rejected) == (9, 3, 6)
    found = [(r["line"], r["column"], r["code"]) for r in rejects(file)]
    assert found == [
        ("4", "ID", "reference_missing"),
        ("5", "NAME", "not_decodable"),
        ("6", "NAME", "legal_name_control_characters"),
        ("8", "LATE", "not_a_number"),
        ("9", "", "too_few_cells"),
        ("11", "", "quote_not_closed"),
    ]
    references = Customer.objects.order_by("reference").values_list("reference", flat=True)
    assert list(references) == ["C-1", "C-8", "C-9"]
    assert sealing.opened(Customer.objects.get(reference="C-8"), "legal_name") == 'Zo"e'


def test_good_lines_swallowed_by_a_stray_quote_are_named(run: Run, file: Path) -> None:
    done = run(HEADER + 'C-1,"open,,0,0\nC-2,Bob,,0,0\nC-3,"shut,,0,0\nC-4,Eve,,0,0\n').position
    assert (done.rows_written, done.rows_rejected) == (1, 1)
    assert (rejects(file)[0]["line"], rejects(file)[0]["code"]) == (
        "2", "legal_name_control_characters",
    )  # fmt: skip
    assert "(lines 2 to 4)" in rejects(file)[0]["cause"]


def test_rejected_rows_are_copied_only_when_asked_for_and_only_for_the_owner(
    run: Run, file: Path
) -> None:
    run(HEADER + ",Secret,,0,0\n")
    assert "Secret" not in running.rejects_path(file).read_text()
    run(None, again=True, with_rows=True)
    assert rejects(file)[0]["row"] == ",Secret,,0,0"
    assert os.stat(running.rejects_path(file)).st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("encoding", "written"), [("gb18030", "gb18030"), ("gbk", "gbk"), ("big5", "big5")]
)
def test_a_declared_encoding_is_read(run: Run, encoding: str, written: str) -> None:
    run((HEADER + "C-1,王五,,0,0\n").encode(written), encoding=f'"{encoding}"')
    assert sealing.opened(Customer.objects.get(), "legal_name") == "王五"


@pytest.mark.parametrize("head", [HEADER, HEADER.replace("ID", '"ID"')])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_byte_order_mark_is_no_part_of_the_first_column(
    run: Run, head: str, encoding: str
) -> None:
    content = ("\ufeff" + THREE.replace(HEADER, head)).encode(encoding)
    assert run(content, encoding=f'"{encoding}"').position.rows_written == 3
    assert ImportRun.objects.get().bytes_done == len(content)


def test_a_wrong_encoding_rejects_rows_with_their_place_and_keeps_the_rest(
    run: Run, file: Path
) -> None:
    done = run((HEADER + "C-1,王五,,0,0\nC-2,Ann,,0,0\n").encode("gb18030")).position
    assert (done.rows_written, done.rows_rejected) == (1, 1)
    assert (rejects(file)[0]["column"], rejects(file)[0]["code"]) == ("NAME", "not_decodable")


def test_a_header_alone_is_an_import_of_nothing(run: Run) -> None:
    assert run(HEADER).position.rows_read == 0
    assert ImportRun.objects.get().state == "finished"


@pytest.mark.parametrize("content", [b"", b"\n\r\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused_before_anything_is_written(run: Run, content: bytes) -> None:
    with pytest.raises((FileRefused, MappingRefused)):
        run(content)
    assert ImportRun.objects.count() == 0


def test_missing_columns_refuse_the_file_before_anything_is_written(run: Run) -> None:
    with pytest.raises(MappingRefused):
        run("ID,NAME\n1,Ann\n")
    assert ImportRun.objects.count() == Customer.objects.count() == 0


def test_a_file_that_changes_while_it_is_read_stops_the_import_at_a_batch(
    run: Run, file: Path
) -> None:
    real, calls = services.write_batch, []

    def then_grow(**given: object) -> object:
        calls.append(given)
        if len(calls) == 1:
            with file.open("a") as more:
                more.write("C-9,Zed,,0,0\n")
        return real(**given)  # type: ignore[arg-type]

    with mock.patch.object(services, "write_batch", then_grow), pytest.raises(FileRefused):
        run(THREE, batch=1)
    assert Customer.objects.count() == 1
    assert run(None).position.rows_written == 4


def test_two_processes_cannot_both_move_one_run(run: Run) -> None:
    run(THREE)
    ours = ImportRun.objects.get()
    ImportRun.objects.update(state="running", finished_at=None)
    at = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    with pytest.raises(Conflict):
        services.write_batch(
            run=ours, before=Position(bytes_done=1), after=Position(bytes_done=2), rows=[],
            kind=CUSTOMERS, report=lambda _faults: 0, actor=system("test"), at=at,
        )  # fmt: skip
    with pytest.raises(Conflict):
        services.finish(run=ours, done=Position(bytes_done=2), actor=system("test"), at=at)
    ours.refresh_from_db()
    assert (ours.state, ours.bytes_done) == ("running", len(THREE.encode()))


def test_an_import_begun_elsewhere_at_the_same_moment_is_refused(run: Run) -> None:
    run(THREE)
    ours = ImportRun.objects.get()
    ImportRun.objects.update(state="running", finished_at=None)
    with mock.patch.object(services.ImportRun.objects, "select_for_update") as held:
        known = held.return_value.filter.return_value.exclude.return_value.order_by.return_value
        known.first.return_value = None
        with pytest.raises(Conflict):
            run(None)
    assert list(ImportRun.objects.values_list("pk", flat=True)) == [ours.pk]


def test_a_side_file_in_use_or_cut_short_is_refused(run: Run, file: Path) -> None:
    from risk.intake.rejects import RejectFile

    path = running.rejects_path(file)
    with RejectFile(path, keep_bytes=0, with_rows=False), pytest.raises(FileRefused):
        run(THREE)
    assert Customer.objects.count() == 0
    with pytest.raises(FileRefused):
        RejectFile(path, keep_bytes=10_000, with_rows=False)


def test_checking_reads_everything_and_writes_no_customer(run: Run, file: Path) -> None:
    file.write_text(THREE + ",,,,\n")
    summary = running.check_file(
        path=file,
        kind=CUSTOMERS,
        mapping=mapping(),
        options=running.Options(),
        progress=lambda *_: None,
    )
    assert (summary.position.rows_written, summary.position.rows_rejected) == (3, 1)
    with running.rejects_path(file, is_check=True).open(newline="", encoding="utf-8") as side:
        assert [row["code"] for row in csv.DictReader(side)] == ["reference_missing"]
    assert ImportRun.objects.count() == Customer.objects.count() == 0


def test_a_check_leaves_the_side_file_of_an_import_alone(run: Run, file: Path) -> None:
    run(THREE + ",,,,\n")
    before = running.rejects_path(file).read_bytes()
    running.check_file(
        path=file,
        kind=CUSTOMERS,
        mapping=mapping(),
        options=running.Options(),
        progress=lambda *_: None,
    )
    assert running.rejects_path(file).read_bytes() == before


def test_no_other_file_is_taken_for_the_side_file(run: Run, file: Path, tmp_path: Path) -> None:
    letters = tmp_path / "letters.txt"
    letters.write_text("Dear Ada,\n")
    linked = tmp_path / "linked.csv"
    file.write_text(THREE)
    linked.hardlink_to(file)
    for side in (letters, file, linked):
        before = side.read_bytes()
        with pytest.raises(FileRefused):
            run(None, rejects=side)
        with pytest.raises(FileRefused):
            running.check_file(
                path=file, kind=CUSTOMERS, mapping=mapping(), options=running.Options(rejects=side),
                progress=lambda *_: None,
            )  # fmt: skip
        assert side.read_bytes() == before
    assert Customer.objects.count() == 0


def test_a_full_disk_under_the_side_file_is_said_not_thrown(run: Run, file: Path) -> None:
    with pytest.raises(FileRefused, match="Cannot write /dev/full"):
        run(THREE + ",,,,\n", rejects=Path("/dev/full"))
    assert Customer.objects.count() == 0


def test_a_batch_is_written_in_the_same_statements_whatever_its_size(
    run: Run, file: Path, django_assert_max_num_queries: object
) -> None:
    """Those that make and empty temporary tables among them."""
    body = "".join(f"C-{n},Name {n},1380000{n:04},{n % 3},0\n" for n in range(400))
    with django_assert_max_num_queries(50):  # type: ignore[operator]
        assert run(HEADER + body).position.customers_created == 400
    assert CustomerSignals.objects.filter(months_late_now=Decimal(2)).count() == 133


SOUP = st.lists(
    st.sampled_from(
        [b'"', b",", b"\n", b"\r\n", b"\r", b"C-1", b"C-2", b"1", b"0", b"-3", b"\x00", b"\xff",
         b" ", "张".encode(), b"1e30", b"NaN", b"13800000001", b'""', b",,,,", b"\xef\xbb\xbf"]
    ),
    max_size=80,
).map(b"".join)  # fmt: skip


@given(soup=SOUP, batch=st.integers(1, 5))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_soup_of_bytes_is_written_or_rejected_row_by_row(
    run: Run, file: Path, soup: bytes, batch: int
) -> None:
    done = run(HEADER.encode() + soup, batch=batch, again=True).position
    assert done.rows_read == done.rows_written + done.rows_rejected
    rejected = {r["line"] for r in rejects(file) if r["outcome"] == "rejected"}
    assert len(rejected) == done.rows_rejected
    assert done.bytes_done == len(HEADER.encode() + soup)
