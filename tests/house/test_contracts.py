"""Who may import whom."""

from __future__ import annotations

import os
import subprocess
import sys

import grimp
import pytest

from tests.house.code import APPS, ROOT

# What a room shows to the apps above it. Rules are pure: they can do no harm anywhere.
OPEN_TO_APPS_ABOVE = {"services", "queries", "facts", "rules"}
# A door may use what belongs to doors: who calls, how another room's answer looks, its words.
OPEN_TO_DOORS_ABOVE = {"callers", "api", "words"}
DOORS = {
    "admin", "api", "campaign_admin", "editing", "events_api", "exchanging",
    "recheck_admin", "trial_admin", "verbs",
}  # fmt: skip


@pytest.fixture(scope="module")
def imports() -> list[tuple[str, str]]:
    graph = grimp.build_graph(*APPS)
    return [
        (importer, imported)
        for importer in sorted(graph.modules)
        for imported in sorted(graph.find_modules_directly_imported_by(importer))
    ]


def test_every_import_contract_is_kept() -> None:
    checked = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "0 broken" in checked.stdout


def test_apps_above_enter_a_room_only_through_its_front_desk(
    imports: list[tuple[str, str]],
) -> None:
    def is_open(importer: str, imported: str) -> bool:
        desk, door = imported.rsplit(".", maxsplit=1)[-1], importer.rsplit(".", maxsplit=1)[-1]
        return desk in OPEN_TO_APPS_ABOVE or (desk in OPEN_TO_DOORS_ABOVE and door in DOORS)

    assert [
        f"{importer} imports {imported}"
        for importer, imported in imports
        if importer.split(".")[0] != imported.split(".")[0]
        and not imported.startswith("backoffice")
        and not is_open(importer, imported)
    ] == []


def test_the_graph_holds_the_imports_these_rules_are_about(imports: list[tuple[str, str]]) -> None:
    assert ("risk.decisions.services", "accounts.access.services") in imports
    assert len(imports) > 500
