"""The fictional lender: always the same, adding up, and never telling anybody anything."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from io import StringIO
from typing import Any, ClassVar

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client, TestCase, override_settings

from accounts.access.models import Access
from accounts.customers import sealing
from accounts.customers.models import Customer
from accounts.staff.models import StaffUser
from accounts.verification.rules import id_number_fault
from backoffice.lib import clock
from backoffice.lib.errors import NotAllowed
from compliance.ledger.models import LedgerEntry
from compliance.notices.models import Delivery, Notice
from compliance.notices.services import deliver_due
from compliance.switches.models import Switch
from risk.decisions.models import Campaign, Decision
from risk.decisions.services import replay
from risk.demo import services
from risk.demo.facts import STAFF, Seeded
from risk.demo.secrets import demo_password
from risk.events.models import Event as LogEvent
from risk.policies.models import PolicyVersion
from risk.signals.models import Recheck

NOW = dt.datetime(2026, 6, 1, 8, 30, tzinfo=dt.UTC)
CUSTOMERS = 60
FAST = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])


class Rollback(Exception):
    """Ends a block whose work is not to stay."""


def seed(number: int = 7, progress: services.Progress = lambda text: None) -> Seeded:
    with FAST:
        return services.seed(customers=CUSTOMERS, seed=number, now=NOW, progress=progress)


def seed_as_in_a_process_of_its_own(
    number: int, progress: services.Progress = lambda text: None
) -> None:
    with transaction.atomic():
        connection.atomic_blocks[-1]._from_testcase = True  # lets an entry begin in a test's
        seed(number, progress)


def everything() -> list[Any]:
    """What was written, without the ids, which are drawn anew every time."""
    people = [
        (row.reference, dict(sealing.opened_all(row)), row.employment_status, row.created_at)
        for row in Customer.objects.order_by("reference")
    ]
    access = list(
        Access.objects.order_by("customer__reference", "product__code").values_list(
            "customer__reference", "product__code", "state", "limit_cents", "reason_codes", "since"
        )
    )
    decisions = [
        (row.customer.reference, row.product.code, row.decided_at, row.answer,
         json.loads(row.facts)["signals"])
        for row in Decision.objects.select_related("customer", "product").order_by(
            "decided_at", "customer__reference", "product__code"
        )
    ]  # fmt: skip
    told = list(Notice.objects.order_by("id").values_list("template", "queued_at", "read_at"))
    entries = list(LedgerEntry.objects.order_by("id").values_list("action", "occurred_at"))
    return [people, access, decisions, told, entries]


def written_by(number: int) -> list[Any]:
    found: list[Any] = []
    try:
        with transaction.atomic():
            seed_as_in_a_process_of_its_own(number)
            found = everything()
            raise Rollback
    except Rollback:
        return found


@pytest.mark.django_db
def test_the_same_seed_gives_the_same_people_facts_and_decisions() -> None:
    first, second = written_by(7), written_by(7)
    for one, other in zip(first, second, strict=True):
        assert one == other
    assert len(first[0]) == CUSTOMERS
    assert written_by(8)[0] != first[0]  # another seed, other people


@pytest.mark.django_db
def test_a_seed_that_is_cut_off_leaves_nothing_behind() -> None:
    def cut_off(text: str) -> None:
        if Decision.objects.count() > 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seed_as_in_a_process_of_its_own(7, cut_off)
    assert (Customer.objects.count(), StaffUser.objects.count(), Decision.objects.count()) == (
        0, 0, 0,
    )  # fmt: skip


class TheSeededLenderTests(TestCase):
    """One year, looked at from all sides."""

    seeded: ClassVar[Seeded]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.seeded = seed()

    def test_the_numbers_it_reports_are_the_rows_it_wrote(self) -> None:
        assert self.seeded == Seeded(
            Customer.objects.count(),
            Decision.objects.count(),
            Notice.objects.count(),
            was_there=False,
        )
        assert self.seeded.customers == CUSTOMERS
        assert Access.objects.filter(state__isnull=True).count() == 0
        decided = Decision.objects.values("customer", "product").distinct().count()
        assert Access.objects.count() == decided

    def test_a_second_seed_keeps_what_is_there(self) -> None:
        before = LedgerEntry.objects.count()
        assert seed() == Seeded(0, 0, 0, was_there=True)
        assert LedgerEntry.objects.count() == before

    def test_nobody_in_it_exists(self) -> None:
        for row in Customer.objects.all():
            known = sealing.opened_all(row)
            number, email = known["id_number"] or "", known["email"]
            assert id_number_fault(number, today=NOW.date()) is None
            assert number[14:17] == "000"
            assert (known["phone"] or "").startswith("126")
            assert email is None or email.endswith("@example.com")
        numbers = Customer.objects.values("id_number_index").distinct().count()
        assert numbers == CUSTOMERS

    def test_every_decision_of_the_year_replays_byte_for_byte(self) -> None:
        for public_id in Decision.objects.values_list("public_id", flat=True):
            again = replay(public_id=public_id)
            assert again.is_equal, (again.stored, again.recomputed)

    def test_nothing_of_the_year_is_ever_sent(self) -> None:
        states = set(Delivery.objects.values_list("state", flat=True))
        assert states <= {"sent", "skipped", "failed"}
        assert Delivery.objects.count() == self.seeded.notices
        assert deliver_due() == 0

    def test_nothing_lies_in_the_future_and_some_of_it_is_unread(self) -> None:
        assert Decision.objects.filter(decided_at__gt=NOW).count() == 0
        assert LedgerEntry.objects.filter(occurred_at__gt=NOW).count() == 0
        assert 0 < Notice.objects.filter(read_at__isnull=True).count() < self.seeded.notices

    def test_the_history_is_dated_when_it_happened(self) -> None:
        first = LedgerEntry.objects.filter(action="access.opened").order_by("id")[0]
        assert first.occurred_at < NOW - dt.timedelta(days=340)
        assert first.recorded_at > clock.now() - dt.timedelta(hours=1)

    def test_what_its_people_did_is_in_the_log_and_leaves_nothing_to_decide(self) -> None:
        kinds = set(LogEvent.objects.values_list("kind", flat=True))
        assert kinds >= {"application", "score", "login", "drawdown", "repayment_paid"}
        applied = LogEvent.objects.filter(kind="application").values("customer").distinct()
        decided = Decision.objects.values("customer").distinct()
        assert applied.count() == decided.count()
        assert LogEvent.objects.filter(occurred_at__gte=NOW - dt.timedelta(hours=3)).count() == 0
        assert Recheck.objects.count() == 0
        owners = LogEvent.objects.filter(device__isnull=False).values("device", "customer")
        assert max(Counter(row["device"] for row in owners.distinct()).values()) == 6

    def test_every_story_ends_as_it_is_told(self) -> None:
        found = Access.objects.filter(customer__reference__startswith="DEMO-")
        assert {
            access.customer.reference: (access.state, access.limit_cents, access.reason_codes)
            for access in found.select_related("customer")
        } == {
            "DEMO-SCORE": ("LIMITED", 1_000_000, ["SCORE_TOO_LOW"]),
            "DEMO-OFTEN": ("CLOSED", None, ["APPLIED_TOO_OFTEN"]),
            "DEMO-PHONE": ("LIMITED", 1_000_000, ["PHONE_MISMATCH"]),
            "DEMO-POLICY": ("LIMITED", 2_000_000, ["POLICY_CHANGED"]),
            "DEMO-NIGHT": ("OPEN", 20_000_000, []),
        }

    def test_the_maintenance_closed_what_the_policy_left_open(self) -> None:
        found = Decision.objects.filter(customer__reference="DEMO-NIGHT").order_by("id")
        assert [(row.state, row.effective_state) for row in found] == [
            ("OPEN", "OPEN"), ("OPEN", "CLOSED"), ("OPEN", "OPEN"),
        ]  # fmt: skip

    def test_policies_stand_at_every_point_of_their_life(self) -> None:
        found = PolicyVersion.objects.order_by("product__code", "number")
        assert [(row.product.code, row.number, row.status) for row in found] == [
            ("songlan-business", 1, "live"),
            ("songlan-flex", 1, "retired"),
            ("songlan-flex", 2, "live"),
            ("songlan-flex", 3, "submitted"),
            ("songlan-flex", 4, "draft"),
            ("songlan-instalment", 1, "live"),
        ]
        assert all(row.approved_by_id != row.submitted_by_id for row in found if row.approved_by_id)

    def test_switches_and_the_campaign_are_history(self) -> None:
        kinds = sorted(
            Switch.objects.filter(released_at__isnull=False).values_list("kind", flat=True)
        )
        assert kinds == ["emergency", "maintenance", "maintenance"]
        assert Switch.objects.filter(released_at__isnull=True).count() == 0
        campaign = Campaign.objects.get()
        assert (campaign.state, campaign.customers_failed) == ("finished", 0)
        assert campaign.customers_done == campaign.customers_total > 0

    def test_every_role_signs_in_with_the_printed_password(self) -> None:
        assert {colleague.role for colleague in STAFF} == {
            user.groups.get().name for user in StaffUser.objects.all()
        }
        for colleague in STAFF:
            with FAST:
                user = StaffUser.objects.get(username=colleague.username)
                assert user.check_password(demo_password())

    def test_the_card_names_every_login_and_three_things_to_try(self) -> None:
        out = StringIO()
        call_command("demo_card", address="http://127.0.0.1:8123", stdout=out)
        card = out.getvalue()
        assert all(f"{colleague.username} " in card for colleague in STAFF)
        assert [line.strip()[:2] for line in card.splitlines() if line.strip()[1:3] == ". "] == [
            "1.", "2.", "3.",
        ]  # fmt: skip
        user = StaffUser.objects.get(username="support")
        visitor = Client()
        visitor.force_login(user)
        pages = [line.strip().split()[0] for line in card.splitlines() if "/change/" in line]
        customers = [page for page in pages if "/customer/" in page]
        assert len(customers) == 5
        for page in customers:
            assert visitor.get(page.removeprefix("http://127.0.0.1:8123")).status_code == 200


@pytest.mark.django_db
@override_settings(IS_DEMO=False)
def test_outside_the_demo_mode_it_refuses_and_writes_nothing() -> None:
    before = LedgerEntry.objects.count()
    with pytest.raises(NotAllowed):
        seed(9)
    with pytest.raises(CommandError, match="only for SLUICE_MODE=demo"):
        call_command("seed_demo")
    with pytest.raises(CommandError, match="only for SLUICE_MODE=demo"):
        call_command("demo_card")
    assert LedgerEntry.objects.count() == before
