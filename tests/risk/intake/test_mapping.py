"""A mapping is read strictly: every fault at once, each in its place."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from backoffice.lib import clock
from risk.intake.customer_mapping import read_mapping
from risk.intake.facts import MappingRefused
from tests.risk.intake.conftest import MAPPING

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples"


def faults(text: str) -> dict[str, str]:
    with pytest.raises(MappingRefused) as refused:
        read_mapping(text.encode(), at=clock.now())
    return {fault.place: fault.detail for fault in refused.value.faults}


def test_the_shipped_mapping_of_the_taiwan_file_gives_six_signals_and_one_outcome() -> None:
    found = read_mapping((EXAMPLES / "taiwan.toml").read_bytes(), at=clock.now())
    assert [s.name for s in found.signals] == [
        "months_late_now", "months_late_max_6m", "utilisation", "current_limit_cents",
        "age_years", "payment_ratio_6m",
    ]  # fmt: skip
    assert [o.kind for o in found.outcomes] == ["default"]
    assert found.signals_at is not None
    assert found.signals_at.fixed == dt.datetime(2005, 9, 29, 16, tzinfo=dt.UTC)  # 00:00 +08:00


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.name)
def test_every_shipped_mapping_can_be_used(path: Path) -> None:
    assert read_mapping(path.read_bytes(), at=clock.now()).format.source


def test_misspelt_keys_are_refused_with_what_was_probably_meant() -> None:
    text = MAPPING.replace("legal_name", "legal_nam").replace("months_late_now", "months_late")
    found = faults("delimeter = ','\n" + text)
    assert found["delimeter"] == "is not known here; did you mean 'delimiter'?"
    assert found["profile.legal_nam"] == "is not known here; did you mean 'legal_name'?"
    assert "did you mean 'months_late_now'?" in found["signals.months_late"]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('reference = "ID"', "reference = 7", "reference"),
        ('reference = "ID"', 'reference = "{ID}-{"', "reference"),
        ('source = "test"', "", "source"),
        ('source = "test"', 'source = "x"\nencoding = "utf-16"', "encoding"),
        ('source = "test"', 'source = "x"\nencoding = "klingon"', "encoding"),
        ('source = "test"', 'source = "x"\nencoding = 8', "encoding"),
        ('source = "test"', 'source = "x"\ndelimiter = "ab"', "delimiter"),
        ('source = "test"', 'source = "x"\ndelimiter = "|"\nencoding = "gbk"', "delimiter"),
        ('source = "test"', 'source = "x"\nmissing = [1.5]', "missing"),
        ('"max(LATE, 0)"', '"max(LATE; 0)"', "signals.months_late_now"),
        ('"max(LATE, 0)"', "true", "signals.months_late_now"),
        ('"max(LATE, 0)"', "{ column = 'LATE' }", "signals.months_late_now"),
        ('"max(LATE, 0)"', "{ column = 'LATE', map = { A = 'x' } }", "signals.months_late_now"),
        ("observed_at = 2026-05-01", "", "signals.observed_at"),
        ("observed_at = 2026-05-01", "observed_at = 2999-05-01", "signals.observed_at"),
        ("observed_at = 2026-05-01", "observed_at = 2026-05-01T12:00:00", "signals.observed_at"),
        ("observed_at = 2026-05-01", "observed_at = {column='A', date='%Y'}",
         "signals.observed_at.date"),
        ('kind = "default"', 'kind = "defualt"', "outcomes[0].kind"),
        ('true = ["1"]', "true = []", "outcomes[0]"),
        ('true = ["1"]', 'true = ["0"]', "outcomes[0]"),
        ('legal_name = "NAME"', "legal_name = { column = 'A', value = 'B' }", "profile.legal_name"),
        ('legal_name = "NAME"', "legal_name = 3", "profile.legal_name"),
        ('legal_name = "NAME"', "legal_name = { column = 'A', date = '%Y' }",
         "profile.legal_name.date"),
        ('legal_name = "NAME"', "employment_status = { value = 'king' }",
         "profile.employment_status"),
        ('legal_name = "NAME"', "language = { column = 'L', map = { E = 'english' } }",
         "profile.language"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_refused_in_its_place(old: str, new: str, place: str) -> None:
    assert old in MAPPING
    assert place in faults(MAPPING.replace(old, new, 1))


@pytest.mark.parametrize(
    "raw",
    [
        b"a = ", b"\xff\xfe", b"[[[", b"x" * 300_000, b"", b"= 1", b"n = " + b"9" * 5000,
        b"n = 1e99999999999999999999",
    ],
)  # fmt: skip
def test_what_is_no_toml_or_too_long_or_empty_is_refused(raw: bytes) -> None:
    with pytest.raises(MappingRefused):
        read_mapping(raw, at=clock.now())


def test_all_faults_are_told_at_once() -> None:
    assert set(faults("source = 1\nreference = 2\n[signals]\nscore = 'a ** 2'")) == {
        "source", "reference", "signals.score", "signals.observed_at",
    }  # fmt: skip


def test_numbers_in_a_mapping_are_kept_as_written() -> None:
    text = MAPPING.replace(
        '"max(LATE, 0)"', "{ expression = 'LATE / 0', if_divided_by_zero = 0.1 }"
    )
    found = read_mapping(text.encode(), at=clock.now())
    assert found.signals[0].if_divided_by_zero == Decimal("0.1")


def test_the_mapping_in_the_documentation_can_be_used() -> None:
    page = (EXAMPLES.parent / "importing.md").read_text()
    shown = page.split("```toml\n")[1].split("```")[0]
    found = read_mapping(shown.encode(), at=dt.datetime(2026, 12, 1, tzinfo=dt.UTC))
    assert (len(found.profile), len(found.signals), len(found.outcomes)) == (5, 3, 1)
    assert found.columns["BRANCH"] == "reference"


def test_a_day_that_lies_off_the_calendar_elsewhere_is_refused_in_its_place() -> None:
    assert "signals.observed_at" in faults(MAPPING.replace("2026-05-01", "0001-01-01"))
