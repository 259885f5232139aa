"""Backtests at the console and at the shell: who may, what is shown, what is taken away."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from openpyxl import load_workbook

from accounts.staff.facts import Role
from backoffice.lib import clock
from compliance.ledger.facts import system
from compliance.ledger.models import LedgerEntry
from risk.simulation import queries, services, snapshots, storage, workbook
from risk.simulation.models import Backtest, Snapshot
from tests.console import press, statements
from tests.lender import Lender
from tests.risk.simulation.candidates import NIGHT, candidate, run, started, stricter
from tests.snapshots import nothing_written

pytestmark = pytest.mark.django_db(transaction=True)
AsRole = Callable[[Role], Client]


@pytest.fixture(autouse=True)
def at_night(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NIGHT)


@pytest.mark.parametrize(
    ("role", "may"),
    [(role, role in (Role.RISK_ANALYST, Role.POLICY_APPROVER)) for role in Role],
)
def test_only_those_who_make_policies_run_backtests(
    people: Lender, as_role: AsRole, role: Role, may: bool
) -> None:
    version = candidate(people, stricter())
    browser = as_role(role)
    before = LedgerEntry.objects.count()
    given = {"candidate": version.public_id, "snapshot": ""}
    refused = press(browser, "/admin/risk/backtest/run/", **given)
    assert refused.status_code == (200 if may else 403)
    assert Backtest.objects.count() == 0  # no reason given
    press(browser, "/admin/risk/backtest/run/", **given, reason="losses")
    assert Backtest.objects.count() == (1 if may else 0)
    assert LedgerEntry.objects.count() - before == (2 if may else 0)


def test_a_page_shows_progress_then_the_result(people: Lender, as_role: AsRole) -> None:
    backtest = started(people, stricter())
    browser = as_role(Role.AUDITOR)
    page = f"/admin/risk/backtest/{backtest.pk}/"
    assert "every 2s" in browser.get(f"{page}change/").content.decode()
    assert "HX-Refresh" not in browser.get(f"{page}progress/")
    run(backtest)
    assert browser.get(f"{page}progress/")["HX-Refresh"] == "true"
    with statements() as ran:
        html = browser.get(f"{page}change/").content.decode()
    assert "heat-" in html
    assert "29 CFR 1607.4(D)" in html
    assert len(ran) <= 20, ran
    assert browser.get("/admin/risk/backtest/999999/progress/").status_code == 404


def test_cancel_and_resume_are_buttons_with_a_reason(people: Lender, as_role: AsRole) -> None:
    backtest = started(people, stricter())
    browser = as_role(Role.RISK_ANALYST)
    for verb, state in (("cancel", "cancelled"), ("resume", "running")):
        path = f"/admin/risk/backtest/{backtest.pk}/{verb}/"
        press(browser, path)
        assert queries.backtest(public_id=backtest.public_id).state != state
        press(browser, path, reason="because")
        assert queries.backtest(public_id=backtest.public_id).state == state
    entry = LedgerEntry.objects.get(action="backtest.cancelled")
    assert entry.reason == "because"


def test_a_damaged_snapshot_is_told_on_the_page(people: Lender, as_role: AsRole) -> None:
    backtest = started(people, stricter())
    services.advance(public_id=backtest.public_id, now=lambda: NIGHT)
    [file] = queries.partitions(snapshot_id=backtest.snapshot_id)
    storage.partition_path(number=file.number, sha256=file.sha256).unlink()
    run(backtest)
    html = as_role(Role.AUDITOR).get(f"/admin/risk/backtest/{backtest.pk}/change/").content.decode()
    assert "A file of the snapshot is missing." in html


def test_what_is_taken_away_says_what_the_page_says(people: Lender, as_role: AsRole) -> None:
    done = run(started(people, stricter()))
    browser = as_role(Role.AUDITOR)
    told = json.loads(browser.get(f"/admin/risk/backtest/{done.pk}/json/").content)
    assert told["changes"] == {"closes": 3, "limits": 1, "opens": 0}
    assert told["candidate_hash"] == done.candidate_hash
    assert told["snapshot_hash"] == done.snapshot_hash
    assert told["open_appeals"] is None
    answer = browser.get(f"/admin/risk/backtest/{done.pk}/xlsx/")
    book = load_workbook(io.BytesIO(answer.content))
    assert [row[0].value for row in book["matrix"].iter_rows(max_row=2)] == ["old", "OPEN"]
    listed = [[cell.value for cell in row] for row in book["moves"].iter_rows()]
    assert len(listed) == 5
    assert {tuple(row[1:3]) for row in listed[1:]} == {("LIMITED", "CLOSED"), ("OPEN", "LIMITED")}


def test_a_list_that_was_altered_is_not_given_out(people: Lender, as_role: AsRole) -> None:
    done = run(started(people, stricter()))
    storage.moves_path(backtest_public_id=done.public_id, number=0).write_bytes(b"PAR1")
    browser = as_role(Role.AUDITOR)
    answer = browser.get(f"/admin/risk/backtest/{done.pk}/xlsx/", follow=True)
    assert "is gone or altered" in answer.content.decode()
    assert browser.get(f"/admin/risk/backtest/{done.pk}/json/").status_code == 200


def test_no_cell_becomes_a_formula(people: Lender, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1"]
    done = run(started(people, stricter()))
    monkeypatch.setattr(workbook, "_matrix", lambda _matrix: ([text, 5] for text in texts))
    book = load_workbook(io.BytesIO(workbook.as_xlsx(done)))
    for text, (cell, number) in zip(texts, book["matrix"].iter_rows(), strict=True):
        assert (cell.data_type, cell.value[0], number.value) == ("s", "'", 5)
        assert cell.value[1:].strip() == text.strip()


def test_the_shell_takes_a_snapshot_and_says_its_hash(people: Lender) -> None:
    out = io.StringIO()
    call_command("snapshot", stdout=out, stderr=io.StringIO())
    taken = Snapshot.objects.get()
    assert taken.content_hash in out.getvalue()
    assert "1 of 1 partitions written" in out.getvalue()
    call_command("snapshot", delete_older_than=0, stdout=out)
    assert "0 snapshots removed" in out.getvalue()  # it was finished this very moment


def test_the_shell_runs_a_backtest_and_prints_it(people: Lender) -> None:
    version = candidate(people, stricter())
    out = io.StringIO()
    given = {"product": "flex-credit", "candidate": version.content_hash[:12]}
    call_command("backtest", **given, json=True, stdout=out, stderr=io.StringIO())
    told = json.loads(out.getvalue())
    assert (told["state"], told["changes"]["closes"]) == ("finished", 3)
    table = io.StringIO()
    snapshot = Snapshot.objects.get().public_id
    call_command("backtest", **given, snapshot=snapshot, stdout=table, stderr=io.StringIO())
    assert "closes 3, limits 1, opens 0" in table.getvalue()
    assert Snapshot.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"candidate": "abc"}, 2),
        ({"candidate": "0" * 64}, 2),
        ({"product": "no-such"}, 2),
        ({"snapshot": "snp_none"}, 2),
    ],
)
def test_the_shell_refuses_with_a_sentence_and_a_code(
    people: Lender, given: dict[str, str], code: int
) -> None:
    version = candidate(people, stricter())
    asked = {"product": "flex-credit", "candidate": version.content_hash, **given}
    with nothing_written(), pytest.raises(CommandError) as refusal:
        call_command("backtest", **asked, stderr=io.StringIO())
    assert refusal.value.returncode == code


def test_the_shell_says_why_a_backtest_stopped(people: Lender, folder: Any) -> None:
    version = candidate(people, stricter())
    snapshot = snapshots.request(note="x", actor=system("t"), at=NIGHT)
    snapshots.take(public_id=snapshot.public_id, now=lambda: NIGHT)
    [file] = queries.partitions(snapshot_id=snapshot.pk)
    storage.partition_path(number=file.number, sha256=file.sha256).write_bytes(b"")
    with pytest.raises(CommandError, match="is not what was written") as stopped:
        call_command(
            "backtest", product="flex-credit", candidate=version.content_hash,
            snapshot=snapshot.public_id, stderr=io.StringIO(),
        )  # fmt: skip
    assert stopped.value.returncode == 3
