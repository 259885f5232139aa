"""A cell as DMN says it, where the same text would mean something else there, or nothing.

`not("A")` is true of null by the standard, because `null = "A"` is false; in a policy's table
unknown stays unknown and the cell does not match. `not("A", null)` means the second in both, so a
policy's cell is written so. What was there before is kept beside it (`exact`), and believed only
as long as the cell still says the same.
"""

from __future__ import annotations

import re

from risk.tables.facts import FeelType
from risk.tables.parser import CellSyntaxError, parse_tests
from risk.tables.syntax import Compare, Not, Test, alternatives

# What XML 1.0 can hold (2.2, Char); in a cell's text that XML cannot, only FEEL's escapes can.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NEEDS_ESCAPE = re.compile('[\x00-\x1f\\\\"\ufffe\uffff]')


def test_in_dmn(text: str, type: FeelType) -> str:  # noqa: A002
    """Raises: CellSyntaxError."""
    if matches_null_only_in_dmn(text, type):
        text = f"{text.rstrip()[:-1]}, null)"
    return value_in_dmn(text)


def matches_null_only_in_dmn(text: str, type: FeelType) -> bool:  # noqa: A002
    """Raises: CellSyntaxError."""
    if "not" not in text:
        return False
    test = parse_tests(text, type=type)
    return isinstance(test, Not) and all(_is_equality(part) for part in alternatives(test.test))


def value_in_dmn(text: str) -> str:
    """In a readable cell such a character is white space between words or stands in a string."""
    return _UNWRITABLE.sub(lambda found: " " if found[0] < " " else _escape(found[0]), text)


def note_in_dmn(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)


def string_in_dmn(text: str) -> str:
    """A FEEL string literal."""
    return f'"{_NEEDS_ESCAPE.sub(lambda found: _escape(found[0]), text)}"'


def strings_from(text: str) -> tuple[list[str], bool]:
    """The strings of a list, and whether it holds nothing else."""
    try:
        parts = alternatives(parse_tests(text, type=FeelType.STRING))
    except CellSyntaxError:
        return [], False
    strings = [part.literal for part in parts if isinstance(part, Compare)]
    return strings, len(strings) == len(parts)


def _escape(character: str) -> str:
    return f"\\{character}" if character in '"\\' else f"\\u{ord(character):04X}"


def _is_equality(test: Test) -> bool:
    return isinstance(test, Compare) and test.operator == "="
