"""`manage.py check_ids` and `manage.py compare_identities`: files in, one row out for each."""

from __future__ import annotations

import csv
import io
import os
import sys
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command

from tests.accounts.verification.numbers import GOOD, numbered
from tests.processes import running

HEADER = "user_id,name,gender,birth_date,id_number,phone\n"
LINE = f"张小明,女,1949-12-31,{GOOD},13812345678\n"


@pytest.fixture(autouse=True)
def today() -> object:
    with time_machine.travel("2026-06-01T04:00:00Z", tick=False):
        yield


def put(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def compared(applicants: Path, bureau: Path) -> tuple[list[list[str]], str]:
    said, out = io.StringIO(), applicants.with_name("out.csv")
    call_command("compare_identities", applicants, bureau, out=out, stdout=said)
    return list(csv.reader(io.StringIO(out.read_text()))), said.getvalue()


def checked(path: Path) -> list[list[str]]:
    out = path.with_name("out.csv")
    call_command("check_ids", path, out=out, stdout=io.StringIO())
    return list(csv.reader(io.StringIO(out.read_text())))


def test_every_number_gets_a_row_in_order_and_duplicates_stay(tmp_path: Path) -> None:
    wanted = [
        (GOOD, "valid", ""),
        (GOOD, "valid", ""),
        (GOOD.lower(), "valid", ""),
        (numbered(sequence="000"), "valid", ""),  # no rule of the standard keeps it back
        (GOOD[:-1] + "1", "invalid", "bad_check_digit"),
        ("110105491231002", "invalid", "bad_length"),
        ("", "invalid", "empty"),
        (numbered(born="20990101"), "invalid", "bad_birth_date"),
        (numbered(born="18700101"), "invalid", "bad_birth_date"),
        (numbered(born="19490229"), "invalid", "bad_birth_date"),
        (numbered(region="119999"), "invalid", "unknown_region"),
        ("ABCDEFGHIJKLMNOPQR", "invalid", "bad_characters"),
    ]
    rows = "".join(f"n{place},{number},z\n" for place, (number, *_rest) in enumerate(wanted))
    path = put(tmp_path, "in.csv", f"row,ID_Number,more\n\n{rows}")
    assert checked(path) == [["id_number", "verdict", "cause"], *map(list, wanted)]


def test_a_number_is_read_through_the_marks_of_a_spreadsheet(tmp_path: Path) -> None:
    written = [f"'{GOOD}", f'="{GOOD}"', f"{numbered(sequence='001')}.0", f" {GOOD.lower()} .00"]
    assert numbered(sequence="001").isdigit()
    cells = "".join(f'"{one.replace(chr(34), chr(34) * 2)}"\n' for one in written)
    path = put(tmp_path, "in.csv", f"id_number\n1.10105E+17\n{cells}")
    assert checked(path)[1:] == [
        ["1.10105E+17", "invalid", "bad_length"], *([one, "valid", ""] for one in written),
    ]  # fmt: skip


def test_a_long_cell_is_read_like_any_other(tmp_path: Path) -> None:
    long = "1" * 200_000
    path = put(tmp_path, "in.csv", f"note,id_number\n{long},{GOOD}\n,{long}\n,{GOOD}\n")
    limit = csv.field_size_limit(300_000)  # this test's own reading
    try:
        assert checked(path)[1:] == [
            [GOOD, "valid", ""], [long, "invalid", "bad_length"], [GOOD, "valid", ""],
        ]  # fmt: skip
        assert csv.field_size_limit() == 300_000  # the command gives back what it found
    finally:
        csv.field_size_limit(limit)


def test_the_last_row_may_hold_line_ends_when_its_quotes_are_closed(tmp_path: Path) -> None:
    path = put(tmp_path, "in.csv", f'id_number,note\n{GOOD},"a\nb\n"')
    assert checked(path)[1:] == [[GOOD, "valid", ""]]


def test_a_byte_order_mark_of_gb_18030_is_no_part_of_a_quoted_header(tmp_path: Path) -> None:
    path = put(tmp_path, "in.csv", f'\ufeff"id_number","姓名"\n{GOOD},张\n', "gb18030")
    assert path.read_bytes().startswith(b"\x84\x31\x95\x33")
    assert checked(path)[1:] == [[GOOD, "valid", ""]]


def test_a_row_of_the_wrong_length_is_said_and_the_next_one_read(tmp_path: Path) -> None:
    path = put(tmp_path, "in.csv", f"row,id_number,note\n1\n2,{GOOD}\n3,{GOOD},,\n4,{GOOD},a,b\n")
    assert checked(path)[1:] == [
        ["", "invalid", "empty"], [GOOD, "valid", ""], [GOOD, "valid", ""],
        [GOOD, "invalid", "unreadable_row"],
    ]  # fmt: skip


def test_applicants_are_answered_in_their_order_whatever_the_bureau_s(tmp_path: Path) -> None:
    ours = put(tmp_path, "a.csv", HEADER + "".join(f"{user},{LINE}" for user in "21 32")[:-1])
    theirs = put(
        tmp_path, "b.csv",
        "note," + HEADER
        + f"x,3,{LINE.replace('13812345678', '13812345679')}"
        + f"x,1,{LINE.replace('张小明', '李红')}"
        + f"x, 2 ,{LINE}",
    )  # fmt: skip
    rows, said = compared(ours, theirs)
    assert rows == [
        ["user_id", "finding", "cause"],
        ["2", "match", ""], ["1", "name", "other_name"], [" ", "missing", "no_user_id"],
        ["3", "phone", "near_phone"], ["2", "match", ""],
    ]  # fmt: skip
    assert said == "2 match, 1 phone, 1 name, 0 id, 1 missing\n"


def test_a_user_the_bureau_lacks_is_missing_and_of_two_rows_the_later_counts(
    tmp_path: Path,
) -> None:
    ours = put(tmp_path, "a.csv", HEADER + f"1,{LINE}2,{LINE}3,{LINE}")
    theirs = put(
        tmp_path, "b.csv",
        HEADER + f"1,李红,,,,\n1,{LINE}2,{LINE[:-1]},more\n,{LINE}3,NULL,-,n/a,无,\n",
    )  # fmt: skip
    rows, said = compared(ours, theirs)
    assert rows[1:] == [
        ["1", "match", ""], ["2", "missing", "no_record"], ["3", "missing", "no_record"],
    ]  # fmt: skip
    assert said.splitlines()[1:] == [
        "1 bureau rows repeat a user of an earlier row: the later counts.",
        "2 bureau rows are left out: no user_id, or more cells than the header.",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_usual_encodings_and_delimiters_are_read(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    text = (HEADER + f"用户1,{LINE}").replace(",", delimiter).replace("\n", "\r\n")
    ours = put(tmp_path, "a.csv", text, encoding)
    theirs = put(tmp_path, "b.csv", HEADER + f"用户1,{LINE}")
    assert compared(ours, theirs)[0][1:] == [["用户1", "match", ""]]


def test_a_quoted_cell_may_hold_commas_and_line_ends(tmp_path: Path) -> None:
    ours = put(tmp_path, "a.csv", HEADER + f'"1\n,2",{LINE}')
    theirs = put(tmp_path, "b.csv", HEADER + f'"1\n,2",{LINE}')
    assert compared(ours, theirs)[0][1:] == [["1\n,2", "match", ""]]


def test_files_without_rows_give_the_header(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", HEADER)
    assert compared(path, path)[0] == [["user_id", "finding", "cause"]]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "in.csv is empty"),
        (b"PK\x03\x04" + bytes(range(256)), "is a workbook or an archive. Save it as CSV."),
        (b"name,phone\n1,2\n", "has no column id_number"),
        (b"id_number,id_number\n1,2\n", "2 columns named id_number"),
        (b"id_number\n\xff\xff\n", "neither UTF-8 nor gb18030"),
        (b'id_number\n1\n"' + b"1" * 1_048_577, "after line 2: cannot be read on (a cell of more"),
        (b'id_number\n1\n"2\n3\n4\n', "after line 2: a quote is never closed."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_nothing_appears(
    tmp_path: Path, raw: bytes, why: str
) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_bytes(raw)
    with pytest.raises(CommandError) as refused:
        call_command("check_ids", path, out=out)
    assert why in str(refused.value)
    assert os.listdir(tmp_path) == ["in.csv"]


def test_an_earlier_answer_stays_when_the_next_run_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, "in.csv", f"id_number\n{GOOD}\n")
    before = checked(path)
    path.write_bytes(b"id_number\n1\n\xff\xff\n")
    with pytest.raises(CommandError, match="neither UTF-8 nor gb18030"):
        checked(path)
    assert list(csv.reader(io.StringIO((tmp_path / "out.csv").read_text()))) == before
    assert sorted(os.listdir(tmp_path)) == ["in.csv", "out.csv"]


@pytest.mark.parametrize("way", ["itself", "link", "hard link"])
def test_no_input_is_written_over(tmp_path: Path, way: str) -> None:
    ours = put(tmp_path, "a.csv", HEADER + f"1,{LINE}")
    theirs = put(tmp_path, "b.csv", HEADER + f"1,{LINE}")
    out = tmp_path / "out.csv"
    match way:
        case "itself":
            out = theirs
        case "link":
            out.symlink_to(theirs)
        case "hard link":
            out.hardlink_to(ours)
    with pytest.raises(CommandError, match="is an input"):
        call_command("compare_identities", ours, theirs, out=out)
    assert ours.read_text() == theirs.read_text() == HEADER + f"1,{LINE}"


def test_places_that_cannot_be_read_or_written_are_named(tmp_path: Path) -> None:
    path = put(tmp_path, "in.csv", "id_number\n")
    for given, out, why in (
        (tmp_path / "none.csv", tmp_path / "out.csv", "No such file"),
        (tmp_path, tmp_path / "out.csv", "is no file"),
        (path, tmp_path / "none" / "out.csv", "No such file"),
        (path, tmp_path, "is a folder"),
    ):
        with pytest.raises(CommandError, match=why):
            call_command("check_ids", given, out=out)


def test_a_pipe_or_device_is_never_replaced_by_a_file(tmp_path: Path) -> None:
    path, out = put(tmp_path, "in.csv", "id_number\n"), tmp_path / "pipe"
    os.mkfifo(out)
    with pytest.raises(CommandError, match="is no regular file"):
        call_command("check_ids", path, out=out)
    assert out.is_fifo()


def test_killed_half_way_it_leaves_no_half_answer(tmp_path: Path) -> None:
    path = put(tmp_path, "in.csv", "id_number\n" + f"{GOOD}\n" * 1_000_000)
    out = put(tmp_path, "out.csv", "the answer of yesterday")
    command = [sys.executable, "manage.py", "check_ids", str(path), "--out", str(out)]

    def is_half_way(_run: object) -> bool:
        return any(one.stat().st_size for one in tmp_path.glob(".out.csv.*"))

    with running(command, until=is_half_way, environment={}) as run:
        run.kill()
    assert out.read_text() == "the answer of yesterday"


def test_what_waits_on_disk_holds_nobody_s_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from accounts.verification import files

    seen: list[bytes] = []
    original = files._opened

    def look(cipher: object, sealed: bytes) -> object:
        seen.append(sealed + b"".join(one.read_bytes() for one in tmp_path.rglob("bureau")))
        return original(cipher, sealed)

    monkeypatch.setattr(files, "_opened", look)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    path = put(tmp_path, "a.csv", HEADER + f"user-1,{LINE}")
    assert compared(path, put(tmp_path, "b.csv", path.read_text()))[0][1:] == [
        ["user-1", "match", ""]
    ]
    assert len(seen) == 1
    assert len(seen[0]) > 4_000
    for value in ("张小明", GOOD, "13812345678", "user-1"):
        assert value.encode() not in seen[0]
        assert repr(value)[1:-1].encode("unicode_escape") not in seen[0]
    assert sorted(os.listdir(tmp_path)) == ["a.csv", "b.csv", "out.csv"]
