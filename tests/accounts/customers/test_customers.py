"""Customers kept sealed, found blind, shown with a reason."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.customers import queries, sealing, services
from accounts.customers.facts import INDEXED_FIELDS, SEALED_FIELDS, CustomerRef, Profile
from accounts.customers.models import Consent, Customer
from backoffice.lib import crypto
from backoffice.lib.errors import Conflict, Invalid, Missing
from compliance.ledger.facts import staff, system
from compliance.ledger.models import LedgerEntry
from tests.lender import AT
from tests.threads import at_once, failures

pytestmark = pytest.mark.django_db

WHOLE = {
    "legal_name": "张小明", "id_number": "11010519491231002X", "birth_date": dt.date(1949, 12, 31),
    "phone": "13812345678", "email": "zhang@example.com", "address": "北京市朝阳区某街一号",
    "employer": "某某科技有限公司",
}  # fmt: skip


def write(reference: str = "C-1", at: dt.datetime = AT, **fields: Any) -> CustomerRef:
    return services.write_profile(
        reference=reference, profile=Profile(**fields), actor=system("test"), at=at
    )


def stored(public_id: str) -> Customer:
    return Customer.objects.get(public_id=public_id)


def plain(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def test_what_is_written_can_be_opened_and_nothing_is_in_the_clear() -> None:
    written = write(**WHOLE)
    customer = stored(written.public_id)
    opened = sealing.opened_all(customer)
    assert opened == {name: plain(value) for name, value in WHOLE.items()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(c)::text FROM accounts_customer c")
        row = cursor.fetchone()[0]
    for value in WHOLE.values():
        text = plain(value)
        assert text not in row
        assert text.encode().hex() not in row


@pytest.mark.parametrize("name", SEALED_FIELDS)
def test_a_value_opens_only_in_its_own_row_and_column(name: str) -> None:
    customer, other = stored(write(**WHOLE).public_id), stored(write("C-2").public_id)
    sealed = getattr(customer, f"{name}_sealed")
    setattr(other, f"{name}_sealed", sealed)
    with pytest.raises(crypto.SealBroken):
        sealing.opened(other, name)
    elsewhere = next(field for field in SEALED_FIELDS if field != name)
    setattr(customer, f"{elsewhere}_sealed", sealed)
    with pytest.raises(crypto.SealBroken):
        sealing.opened(customer, elsewhere)


def test_a_tampered_value_is_refused_without_its_text() -> None:
    customer = stored(write(**WHOLE).public_id)
    raw = bytearray(customer.phone_sealed or b"")
    for position in range(len(raw)):
        broken = bytearray(raw)
        broken[position] ^= 1
        customer.phone_sealed = bytes(broken)
        with pytest.raises(crypto.SealBroken) as refused:
            sealing.opened(customer, "phone")
        assert "138" not in str(refused.value)


def test_fields_not_given_stay_and_null_clears_value_and_index() -> None:
    public_id = write(**WHOLE).public_id
    again = write(phone=None, employer="另一公司")
    assert (again.public_id, again.was_created) == (public_id, False)
    customer = stored(public_id)
    assert (customer.phone_sealed, customer.phone_index) == (None, None)
    assert sealing.opened(customer, "employer") == "另一公司"
    assert sealing.opened(customer, "legal_name") == "张小明"
    entry = LedgerEntry.objects.get(action="customer.changed")
    assert entry.detail == {"fields": ["employer", "phone"]}


def test_a_faulty_profile_writes_nothing_and_its_error_repeats_nothing() -> None:
    with pytest.raises(Invalid) as refused, transaction.atomic():
        write(reference="has space", phone="12", email="secret-address")
    shown = f"{refused.value} {refused.value.message} {refused.value.faults}"
    assert {fault.pointer for fault in refused.value.faults} == {"/reference", "/phone", "/email"}
    assert "secret-address" not in shown
    assert (Customer.objects.count(), LedgerEntry.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "text",
    [
        "C-1", "13812345678", "+86 138 1234 5678", "１３８１２３４５６７８", "张小明", "张 小明",
        "11010519491231002x", "ZHANG@example.com", " C-1 ",
    ],
)  # fmt: skip
def test_a_customer_is_found_by_each_field_however_it_is_typed(text: str) -> None:
    public_id = write(**WHOLE).public_id
    write("C-2", legal_name="李四", phone="13900000000")
    assert [found.public_id for found in queries.find(text)] == [public_id]
    assert [found.public_id for found in queries.find(public_id)] == [public_id]


@pytest.mark.parametrize("text", ["", " ", "张小", "1381234567", "a\x00b", "\ud800", "%", "-"])
def test_what_is_nobody_s_finds_nobody(text: str) -> None:
    write(**WHOLE)
    write("C-2")
    assert list(queries.find(text)) == []


def test_a_search_is_index_lookups_only() -> None:
    write(**WHOLE)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = queries.find("13812345678").order_by().explain()
    assert "Seq Scan" not in plan
    columns = ("phone", "name", "email", "id_number")
    assert [name for name in columns if f"customer_by_{name}" not in plan] == []


def test_equal_texts_in_two_columns_have_unrelated_indexes() -> None:
    assert len({sealing.index(name, "13812345678") for name in INDEXED_FIELDS}) == 4


def test_an_index_without_the_key_says_nothing(settings: Any) -> None:
    before = sealing.index("phone", "13812345678")
    assert len(before) == crypto.INDEX_BYTES
    settings.BLIND_INDEX_KEY = bytes(range(32))
    assert sealing.index("phone", "13812345678") != before


def test_screens_get_masks() -> None:
    found = queries.masked_profile(stored(write(**WHOLE).public_id))
    assert (found.legal_name, found.phone, found.birth_date) == (
        "张*明",
        "138****5678",
        "1949-**-**",
    )
    assert queries.masked_profile(stored(write("C-2").public_id)).legal_name == ""


def reveal(public_id: str, fields: list[str], reason: str = "customer called") -> dict[str, str]:
    return services.reveal(public_id=public_id, fields=fields, reason=reason, actor=staff(5), at=AT)


def test_a_reveal_is_recorded_with_who_which_and_why_but_not_what() -> None:
    public_id = write(**WHOLE).public_id
    assert reveal(public_id, ["phone", "email"], " customer called ") == {
        "phone": "13812345678", "email": "zhang@example.com",
    }  # fmt: skip
    entry = LedgerEntry.objects.get(action="customer.revealed")
    assert (entry.actor_id, entry.subject_id, entry.reason) == ("5", public_id, "customer called")
    assert entry.detail == {"fields": ["email", "phone"]}


@pytest.mark.parametrize(
    ("fields", "reason", "code"),
    [
        (["phone"], "", "reason_required"),
        (["phone"], "  a b ", "reason_required"),
        ([], "customer called", "fields_unknown"),
        (["phone", "password"], "customer called", "fields_unknown"),
    ],
)
def test_nothing_is_revealed_without_a_reason_or_a_known_field(
    fields: list[str], reason: str, code: str
) -> None:
    public_id = write(**WHOLE).public_id
    with pytest.raises(Invalid) as refused:
        reveal(public_id, fields, reason)
    assert refused.value.code == code
    assert not LedgerEntry.objects.filter(action="customer.revealed").exists()


def test_nobody_is_revealed_who_does_not_exist() -> None:
    with pytest.raises(Missing):
        reveal("cus_unknown", ["phone"])
    assert LedgerEntry.objects.count() == 0


def test_what_cannot_be_opened_is_not_recorded_as_shown() -> None:
    public_id = write(**WHOLE).public_id
    Customer.objects.update(phone_sealed=b"\x01\x02k1garbage")
    with pytest.raises(crypto.SealBroken):
        reveal(public_id, ["phone"])
    assert not LedgerEntry.objects.filter(action="customer.revealed").exists()


def test_a_consent_is_given_withdrawn_and_given_again() -> None:
    row = write().id
    given = {"customer_id": row, "purpose": "bureau_query", "actor": system("test")}
    services.give_consent(**given, document_version="v1", at=AT)
    with pytest.raises(Conflict) as twice, transaction.atomic():
        services.give_consent(**given, document_version="v2", at=AT)
    services.withdraw_consent(**given, at=AT + dt.timedelta(days=1))
    with pytest.raises(Missing) as none, transaction.atomic():
        services.withdraw_consent(**given, at=AT + dt.timedelta(days=2))
    services.give_consent(**given, document_version="v2", at=AT + dt.timedelta(days=2))
    assert (twice.value.code, none.value.code) == ("consent_in_force", "consent_unknown")
    found = queries.consents(customer_id=row).values_list("document_version", "withdrawn_at")
    assert list(found) == [("v2", None), ("v1", AT + dt.timedelta(days=1))]
    entries = LedgerEntry.objects.filter(action__startswith="consent.").order_by("id")
    assert list(entries.values_list("action", flat=True)) == [
        "consent.granted", "consent.withdrawn", "consent.granted",
    ]  # fmt: skip


def test_a_withdrawal_never_lies_before_the_consent() -> None:
    given = {"customer_id": write().id, "purpose": "marketing", "actor": system("test")}
    services.give_consent(**given, document_version="v1", at=AT)
    services.withdraw_consent(**given, at=AT - dt.timedelta(seconds=2))
    assert Consent.objects.get().withdrawn_at == AT


def test_an_address_is_given_to_a_channel_that_has_one() -> None:
    public_id = write(email="z@example.com", phone="13812345678").public_id
    of = {channel: queries.contact(recipient=public_id, channel=channel)
          for channel in ("email", "sms", "pigeon")}  # fmt: skip
    assert of == {"email": "z@example.com", "sms": "13812345678", "pigeon": ""}
    assert queries.contact(recipient="cus_unknown", channel="email") == ""


def test_birth_dates_come_in_batches_by_id() -> None:
    ids = [write(f"C-{year}", birth_date=dt.date(year, 1, 1)).id for year in (1990, 1991, 1992)]
    write("C-none")
    first = queries.birth_dates(after_id=0, limit=2)
    assert first == [(ids[0], dt.date(1990, 1, 1)), (ids[1], dt.date(1991, 1, 1))]
    assert queries.birth_dates(after_id=ids[1], limit=2) == [(ids[2], dt.date(1992, 1, 1))]


@pytest.mark.django_db(transaction=True)
def test_writers_of_one_new_reference_make_one_customer_and_one_says_so() -> None:
    fields = [{"phone": "13812345678"}, {"email": "z@example.com"}, {"legal_name": "张小明"}]
    ends = at_once([*[lambda given=given: write(**given) for given in fields]])
    assert failures(ends) == []
    assert len({end.public_id for end in ends}) == 1
    assert sorted(end.was_created for end in ends) == [False, False, True]
    opened = sealing.opened_all(Customer.objects.get())
    assert (opened["phone"], opened["email"], opened["legal_name"]) == (
        "13812345678", "z@example.com", "张小明",
    )  # fmt: skip
    assert LedgerEntry.objects.filter(action="customer.created").count() == 1
