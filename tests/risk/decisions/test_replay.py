"""`manage.py replay`: proof of the same bytes, or what stands in its way."""

from __future__ import annotations

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from risk.decisions.models import Decision
from tests.lender import AT, Lender


def replay(*ids: str, **options: object) -> str:
    out = StringIO()
    try:
        call_command("replay", *ids, stdout=out, **options)
    except CommandError as error:
        raise CommandError(f"{out.getvalue()}\n{error}") from error
    return out.getvalue()


def alter(old: str, new: str) -> None:
    """As somebody with the database's own powers could."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE risk_decision SET answer = replace(answer, %s, %s)", [old, new])
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_equal_decisions_are_said_one_a_line(lender: Lender) -> None:
    one, two = lender.decide(lender.customer("C-1")), lender.decide(lender.customer("C-2", score=1))
    told = replay(one.public_id, two.public_id)
    assert told.splitlines() == [
        f"{one.public_id}  equal", f"{two.public_id}  equal", "2 equal, 0 not.",
    ]  # fmt: skip


def test_an_altered_answer_is_shown_line_by_line_and_fails(lender: Lender) -> None:
    lender.decide(lender.customer())
    alter('"annual_rate":"0.0720"', '"annual_rate":"0.0020"')
    with pytest.raises(CommandError) as failed:
        replay(Decision.objects.get().public_id)
    assert "DIFFERS" in str(failed.value)
    assert '-  "annual_rate": "0.0020"' in str(failed.value)
    assert '+  "annual_rate": "0.0720"' in str(failed.value)


def test_bytes_that_mean_the_same_still_differ(lender: Lender) -> None:
    lender.decide(lender.customer())
    alter('{"causes"', '{ "causes"')
    with pytest.raises(CommandError, match="DIFFERS"):
        replay(Decision.objects.get().public_id)


def test_an_unknown_decision_fails_and_the_others_are_still_proved(lender: Lender) -> None:
    known = lender.decide(lender.customer())
    with pytest.raises(CommandError) as failed:
        replay("dec_unknown", known.public_id)
    assert "dec_unknown  not replayed: No such decision. (decision_unknown)" in str(failed.value)
    assert f"{known.public_id}  equal" in str(failed.value)


def test_all_since_a_date_and_a_sample_choose_decisions(lender: Lender) -> None:
    customer = lender.customer()
    for days in range(4):
        lender.decide(customer, AT + dt.timedelta(days=days))
    assert "2 equal" in replay(all_since="2026-06-03")
    assert "3 equal" in replay(sample=3, quiet=True)
    assert replay(all_since="2026-06-03", sample=9, quiet=True) == "2 equal, 0 not.\n"


@pytest.mark.parametrize(
    ("ids", "options"),
    [
        ((), {}), (("dec_a",), {"sample": 1}), ((), {"sample": 0}),
        ((), {"all_since": "yesterday"}), ((), {"all_since": "2026-06-01T12:00:00"}),
    ],
)  # fmt: skip
@pytest.mark.django_db
def test_contradictory_or_unreadable_choices_are_refused(
    ids: tuple[str, ...], options: dict[str, object]
) -> None:
    with pytest.raises(CommandError):
        replay(*ids, **options)
