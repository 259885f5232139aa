"""The guide's commands, run as they stand against a served application."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from accounts.customers.models import Customer
from compliance.notices.models import Notice
from risk.decisions.models import Decision
from tests.api_client import LenderApp
from tests.lender import Lender

GUIDE = Path("docs/api.md")

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", GUIDE.read_text(), re.M | re.S)


@pytest.fixture
def curl() -> None:
    if shutil.which("curl") is None:
        pytest.skip("the guide's commands need curl")


def test_every_command_of_the_guide_works(
    curl: None, lender_on_disk: Lender, live_server: Any
) -> None:
    app = LenderApp()
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\necho\n".join(blocks("bash"))],
        env={
            "PATH": "/usr/local/bin:/usr/bin:/bin", "BASE": live_server.url, "LANG": "C.UTF-8",
            "CLIENT_ID": app.client.id, "CLIENT_SECRET": app.secret,
        },
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "urn:sluice:problem" not in done.stdout, done.stdout
    assert Customer.objects.get().reference == "A-17"
    assert Decision.objects.get().effective_state == "LIMITED"
    assert Notice.objects.get().read_at is not None
    answers = [
        json.loads(line) for line in re.sub(r"\}\{", "}\n{", done.stdout).split("\n") if line
    ]
    by_id = {answer.get("id", ""): answer for answer in answers}
    shown = json.loads(blocks("json")[0])
    real = by_id[Decision.objects.get().public_id]
    for name in ("product", "state", "terms", "reasons"):
        assert real[name] == shown[name], f"the guide shows another {name}"
    assert set(real) == set(shown)


def test_the_guide_names_every_filter_there_is() -> None:
    from backoffice.api.schema import description

    guide = GUIDE.read_text()
    for path, methods in description()["paths"].items():
        for parameter in methods.get("get", {}).get("parameters", []):
            if parameter["in"] == "query" and parameter["name"] not in ("limit", "cursor"):
                assert f"{parameter['name']}=" in guide, (path, parameter["name"])
