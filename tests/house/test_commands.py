"""What people type: management commands and make targets."""

from __future__ import annotations

import re

import pytest
from django.core.management import BaseCommand, get_commands, load_command_class

from tests.house import code

OURS = sorted(name for name, app in get_commands().items() if app.split(".")[0] in code.APPS)


@pytest.mark.parametrize("name", OURS)
def test_a_command_says_what_it_does_and_what_each_argument_is(name: str) -> None:
    command = load_command_class(get_commands()[name], name)
    assert isinstance(command, BaseCommand)
    assert len(str(command.help)) >= 20
    assert str(command.help).endswith(".")
    standard = set(BaseCommand().create_parser("manage.py", "none")._option_string_actions)
    parser = command.create_parser("manage.py", name)
    for action in parser._actions:
        if not set(action.option_strings) & standard:
            assert action.help, f"{name} {action.dest}"


def test_there_are_commands_to_check() -> None:
    assert "create_api_client" in OURS


def test_make_lists_every_target_people_type() -> None:
    makefile = (code.ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.M)
    assert phony is not None
    described = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.M))
    assert set(phony[1].split()) == described
    assert len(described) <= 10
