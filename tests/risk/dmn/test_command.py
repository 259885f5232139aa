"""`manage.py dmn evaluate`: JSON out, a sentence on error, a line for every line."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.house.code import ROOT
from tests.risk.dmn.build import data, decision, literal, xml


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "fees.dmn"
    path.write_bytes(
        xml(data("Fee", "number"), decision("Twice", literal("Fee * 2"), inputs=["Fee"]))
    )
    return path


def evaluate(*arguments: str) -> str:
    out = io.StringIO()
    call_command("dmn", "evaluate", *arguments, stdout=out)
    return out.getvalue()


def batch(tmp_path: Path, *lines: str | bytes) -> list[object]:
    cases = tmp_path / "cases.jsonl"
    cases.write_bytes(
        b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines) + b"\n"
    )
    answers = evaluate("--batch", str(cases)).splitlines()
    assert len(answers) == len(lines)
    return [json.loads(answer) for answer in answers]


def test_the_value_of_a_decision_is_printed_as_json(model: Path) -> None:
    assert evaluate(str(model), "--decision", "Twice", "--input", '{"Fee": 0.1}') == "0.2\n"


def test_an_input_left_out_is_null(model: Path) -> None:
    assert evaluate(str(model), "--decision", "Twice") == "null\n"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--decision", "Twise"], 'did you mean "Twice"'),
        (["--decision", "Twice", "--input", '{"Fe": 1}'], 'did you mean "Fee"'),
        (["--decision", "Twice", "--input", '{"Fee": "x"}'],
         'input "Fee": has to be a number, not a string'),
        (["--decision", "Twice", "--input", '{"Fee": NaN}'], "NaN is no JSON number"),
        (["--decision", "Twice", "--input", '{"Fee": '], "no JSON"),
        (["--decision", "Twice", "--input", "[1]"], "give a JSON object of inputs by name"),
        ([], "Give a model and --decision, or --batch."),
    ],
)  # fmt: skip
def test_an_error_is_a_sentence(model: Path, arguments: list[str], why: str) -> None:
    with pytest.raises(CommandError) as caught:
        evaluate(str(model), *arguments)
    assert why in str(caught.value)


def test_the_program_ends_with_an_error_code_and_no_traceback(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "manage.py", "dmn", "evaluate", str(tmp_path / "none.dmn"),
         "--decision", "x"],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "SLUICE_MODE": "demo"},
    )  # fmt: skip
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert answer.stderr == (
        f"CommandError: Cannot read the model {tmp_path / 'none.dmn'}: No such file or directory.\n"
    )


def test_a_batch_answers_every_line_in_order_and_a_bad_one_with_an_error(
    tmp_path: Path, model: Path
) -> None:
    case = {"model": str(model), "decision": "Twice"}
    deep = "[" * 100_000
    answers = batch(
        tmp_path,
        json.dumps(case | {"input": {"Fee": 1.5}}),
        "not json",
        "",
        b"\xff\xfe",
        deep,
        "[1]",
        json.dumps(case | {"input": [1]}),
        json.dumps(case | {"inputs": {}}),
        json.dumps({"decision": "Twice"}),
        json.dumps(case | {"model": "none.dmn"}),
        json.dumps(case | {"model": "no\x00path"}),
        json.dumps(case | {"model": "x" * 5_000 + "/none.dmn"}),
        json.dumps(case | {"decision": "Thrice", "input": {}}),
        json.dumps(case | {"input": {"Fee": 2}}),
    )
    assert answers[0] == {"output": 3}
    assert answers[-1] == {"output": 4}
    errors = [answer["error"] for answer in answers[1:-1]]  # type: ignore[index]
    assert [error.split(":")[0] for error in errors[:7]] == ["input"] * 7
    assert errors[6].endswith('a case has no "inputs"; did you mean "input"')
    assert errors[8].startswith("Cannot read the model")
    assert len(errors[10]) < 400
    assert "x/none.dmn: " in errors[10]
    assert errors[11] == 'There is no decision "Thrice" in this model; did you mean "Twice".'


def test_a_batch_finds_models_beside_its_file(tmp_path: Path, model: Path) -> None:
    case = {"model": model.name, "decision": "Twice", "input": {"Fee": 3}}
    assert batch(tmp_path, json.dumps(case)) == [{"output": 6}]


def test_a_batch_reads_a_model_once(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from risk.management.commands import dmn

    asked: list[Path] = []
    load = dmn._load

    def counting(path: Path) -> object:
        asked.append(path)
        return load(path)

    monkeypatch.setattr(dmn, "_load", counting)
    line = json.dumps({"model": str(model), "decision": "Twice", "input": {"Fee": 1}})
    missing = json.dumps({"model": "none.dmn", "decision": "Twice", "input": {}})
    batch(tmp_path, line, missing, line, missing)
    assert asked == [model, tmp_path / "none.dmn"]


def test_a_batch_leaves_no_room_for_another_model(model: Path) -> None:
    with pytest.raises(CommandError, match="--batch takes model, decision and input"):
        evaluate(str(model), "--batch", "-")
    with pytest.raises(CommandError, match="Cannot read none: No such file or directory"):
        evaluate("--batch", "none")
