"""Folders: only ours are used, only ours are deleted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backoffice.embedded import places as places_module
from backoffice.embedded import services
from backoffice.embedded.places import EmbeddedError, locked, places


def test_reset_stops_the_servers_and_leaves_nothing_behind(project: Path) -> None:
    services.ensure_database(project_root=project)
    services.ensure_broker(project_root=project)
    found = places(project_root=project)
    services.reset(project_root=project)
    assert not found.base.exists()
    assert not found.sockets.exists()


def test_reset_refuses_a_folder_without_the_marker(project: Path) -> None:
    found = places(project_root=project)
    with locked(found):
        pass
    found.marker.unlink()
    (found.base / "letters").write_text("somebody's")
    with pytest.raises(EmbeddedError, match="does not carry made-by-sluice"):
        services.reset(project_root=project)
    assert (found.base / "letters").read_text() == "somebody's"
    found.marker.touch()


def test_folder_that_holds_something_else_is_never_marked_as_ours(project: Path) -> None:
    found = places(project_root=project)
    found.sockets.mkdir(mode=0o700)
    found.base.mkdir(parents=True)
    (found.base / "letters").write_text("somebody's")
    with locked(found):
        pass
    assert not found.marker.exists()
    found.marker.touch()


def test_reset_without_servers_changes_nothing(project: Path) -> None:
    services.reset(project_root=project)
    assert list(project.iterdir()) == []


def test_path_too_long_for_a_socket_is_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places_module, "PRIVATE_ROOT", project / ("long" * 25))
    with pytest.raises(EmbeddedError, match="too long for a socket"):
        services.ensure_database(project_root=project)
    assert list(project.iterdir()) == []


def test_long_project_path_is_no_obstacle(project: Path) -> None:
    found = places(project_root=project / ("long" * 25))
    assert len(os.fsencode(found.database_socket)) <= places_module.SOCKET_PATH_BYTES


def test_socket_folder_open_to_others_is_refused(project: Path) -> None:
    found = places(project_root=project)
    found.sockets.mkdir()
    found.sockets.chmod(0o755)
    with pytest.raises(EmbeddedError, match="belongs to somebody else"):
        services.ensure_database(project_root=project)
    assert not found.base.exists()
    found.sockets.rmdir()


def test_two_projects_never_share_a_folder(project: Path) -> None:
    first, second = (places(project_root=project / name) for name in ("one", "two"))
    assert first.sockets != second.sockets
    assert first.base != second.base


def test_addresses_are_known_without_starting_anything(project: Path) -> None:
    address = services.database_address(project_root=project)
    assert (address.user, address.name, address.port) == ("sluice", "sluice", 5432)
    assert services.broker_address(project_root=project).startswith("redis+socket:///")
    assert [server.is_running for server in services.status(project_root=project)] == [False] * 2
    assert list(project.iterdir()) == []
