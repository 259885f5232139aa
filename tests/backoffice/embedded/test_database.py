"""The embedded PostgreSQL survives what machines and people do to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from backoffice.embedded import postgres, services
from backoffice.embedded.places import EmbeddedError, places

STARTER = """
import sys
from pathlib import Path
import psycopg
from backoffice.embedded import services

root = Path(sys.argv[1])
is_ours = services.ensure_database(project_root=root)
with psycopg.connect(services.database_url(project_root=root)) as connection:
    pid = connection.execute("SELECT pg_postmaster_start_time()::text").fetchone()[0]
print(is_ours, pid)
"""


def asked(project: Path, question: str) -> object:
    url = services.database_url(project_root=project)
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(question)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def postmaster(project: Path) -> int:
    pid_file = places(project_root=project).database_folder / "postmaster.pid"
    return int(pid_file.read_text().splitlines()[0])


def starter(project: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", STARTER, str(project)], stdout=subprocess.PIPE, text=True
    )


def wait_until_gone(pid: int) -> None:
    for _attempt in range(500):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    raise AssertionError(f"Process {pid} did not end.")


def test_url_reaches_role_and_database_of_the_project(database: Path) -> None:
    assert asked(database, "SELECT current_user::text || '@' || current_database()") == (
        "sluice@sluice"
    )


def test_nothing_listens_on_the_network(database: Path) -> None:
    assert asked(database, "SHOW listen_addresses") == ""
    assert asked(database, "SHOW fsync") == "on"


def test_socket_folder_is_closed_to_others(database: Path) -> None:
    assert places(project_root=database).sockets.stat().st_mode & 0o777 == 0o700


def test_second_start_finds_the_same_server(database: Path) -> None:
    before = postmaster(database)
    assert services.ensure_database(project_root=database) is False
    assert postmaster(database) == before


def test_server_outlives_its_starter(database: Path) -> None:
    services.stop(project_root=database)
    printed = [starter(database).communicate()[0].split(maxsplit=1) for _ in range(2)]
    assert [is_ours for is_ours, _ in printed] == ["True", "False"]
    assert printed[0][1] == printed[1][1]


def test_four_starters_at_once_make_one_server(project: Path) -> None:
    processes = [starter(project) for _ in range(4)]
    printed = [process.communicate(timeout=60)[0].split(maxsplit=1) for process in processes]
    assert sorted(is_ours for is_ours, _ in printed) == ["False", "False", "False", "True"]
    assert len({start_time for _, start_time in printed}) == 1


def test_killed_server_is_started_again_with_its_data(database: Path) -> None:
    asked(database, "CREATE TABLE kept AS SELECT 7 AS number")
    before = postmaster(database)
    os.kill(before, signal.SIGKILL)
    wait_until_gone(before)
    assert services.ensure_database(project_root=database) is True
    assert asked(database, "SELECT number FROM kept") == 7


def test_killed_starter_leaves_nothing_that_looks_finished(project: Path) -> None:
    process = starter(project)
    base = places(project_root=project).base
    while not list(base.glob("postgres-partial-*/PG_VERSION")):
        time.sleep(0.005)
    process.kill()
    process.communicate()
    assert not places(project_root=project).database_folder.exists()
    assert asked(project, "SELECT current_database()") == "sluice"


def test_recorded_process_id_that_now_belongs_to_a_stranger_is_passed_over(
    database: Path,
) -> None:
    before = postmaster(database)
    os.kill(before, signal.SIGKILL)
    wait_until_gone(before)
    found = places(project_root=database)
    account = {"user": found.service.uid} if found.service else {}
    stranger = subprocess.Popen(["sleep", "60"], **account)  # type: ignore[call-overload]
    try:
        pid_file = found.database_folder / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        services.stop_database(project_root=database)
        assert stranger.poll() is None
        assert asked(database, "SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_ports_and_options_of_the_shell_do_not_reach_the_server(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.stop(project_root=database)
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "/nowhere")
    assert asked(database, "SHOW port") == "5432"


def test_stop_ends_it_and_keeps_the_data(database: Path) -> None:
    asked(database, "CREATE TABLE kept_by_stop AS SELECT 7 AS number")
    before = postmaster(database)
    services.stop(project_root=database)
    wait_until_gone(before)
    assert [server.is_running for server in services.status(project_root=database)] == [False] * 2
    services.stop(project_root=database)
    assert asked(database, "SELECT number FROM kept_by_stop") == 7


def test_other_major_version_is_refused_with_the_way_out(database: Path) -> None:
    services.stop(project_root=database)
    version = places(project_root=database).database_folder / "PG_VERSION"
    text = version.read_text()
    version.write_text("12\n")
    with pytest.raises(EmbeddedError, match=r"made by PostgreSQL 12.*make demo-reset"):
        services.ensure_database(project_root=database)
    version.write_text(text)


def test_wrong_pg_bindir_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BINDIR", "/nowhere")
    with pytest.raises(EmbeddedError, match="PG_BINDIR=/nowhere holds no initdb"):
        services.ensure_database(project_root=project)


def test_missing_wheel_asks_for_a_database_url(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PG_BINDIR", raising=False)
    monkeypatch.setattr("backoffice.embedded.binaries.find_spec", lambda name: None)
    with pytest.raises(EmbeddedError, match="set DATABASE_URL"):
        services.ensure_database(project_root=project)


def test_is_not_ready_while_it_recovers(database: Path) -> None:
    found = places(project_root=database)
    pid_file = found.database_folder / "postmaster.pid"
    text = pid_file.read_text()
    pid_file.write_text(text.replace("ready   ", "starting"))
    assert postgres.is_ready(found) is False
    pid_file.write_text(text)
    assert postgres.is_ready(found) is True
