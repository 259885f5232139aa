"""Every translatable string of ours as the sources have it, and the catalogues as they are."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(settings.ROOT)
CATALOGUES = tuple(Path(folder) / "zh_Hans" / "LC_MESSAGES" for folder in settings.LOCALE_PATHS)
_SINGULAR = {"_", "_now", "gettext", "gettext_lazy", "gettext_noop"}
_PLURAL = {"ngettext", "ngettext_lazy"}
_IN_TEMPLATE = re.compile(
    r"\b(n?gettext|_)\((?:u?(['\"])((?:\\.|(?!\2).)*)\2)(?:,\s*u?(['\"])((?:\\.|(?!\4).)*)\4)?"
)


def sources() -> Iterator[tuple[str, str]]:
    """Shape: (file, msgid) of every string marked for translation; plurals give both forms."""
    for app in ("backoffice", "compliance", "accounts", "risk"):
        for path in sorted((ROOT / app).rglob("*.py")):
            for msgid in _in_python(path):
                yield str(path.relative_to(ROOT)), msgid
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for msgid in _in_template(path):
            yield str(path.relative_to(ROOT)), msgid


def plurals() -> dict[str, str]:
    """The plural msgid of every counted sentence, by its singular."""
    found = {}
    for app in ("backoffice", "compliance", "accounts", "risk"):
        for path in sorted((ROOT / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _PLURAL:
                    one, many = node.args[:2]
                    assert isinstance(one, ast.Constant)
                    assert isinstance(many, ast.Constant)
                    found[str(one.value)] = str(many.value)
    return found


def _in_python(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        wanted = node.args[:1] if name in _SINGULAR else node.args[:2] if name in _PLURAL else []
        for argument in wanted:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def _in_template(path: Path) -> Iterator[str]:
    for found in _IN_TEMPLATE.finditer(templatize(path.read_text())):
        for text in (found[3], found[5]):
            if text:
                yield ast.literal_eval(f'"""{text}"""') if "\\" in text else text


def translations(folder: Path) -> dict[str, str]:
    """msgid to Chinese of one compiled catalogue; a plural's forms are under both its msgids."""
    with (folder / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return {
        (key[0] if isinstance(key, tuple) else key): text for key, text in compiled.items() if key
    }


def written(folder: Path) -> dict[str, str]:
    """msgid to Chinese as the text file says it."""
    found: dict[str, str] = {}
    for block in (folder / "django.po").read_text().split("\n\n"):
        parts: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if match := re.match(r"(msgctxt|msgid_plural|msgid|msgstr(?:\[0\])?) (\".*\")$", line):
                name = match[1].removesuffix("[0]")
                parts[name] = ast.literal_eval(match[2])
            elif line.startswith('"') and name:
                parts[name] += ast.literal_eval(line)
        if parts.get("msgid"):
            context = f"{parts['msgctxt']}\x04" if "msgctxt" in parts else ""
            found[context + parts["msgid"]] = parts.get("msgstr", "")
    return found
