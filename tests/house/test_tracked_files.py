"""What the repository may not carry, and that its own pointers lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house import code

BINARY = {".mo", ".png", ".ico", ".woff2", ".jpg"}
READABLE = [path for path in code.tracked() if path.suffix not in BINARY]
PAGES = [path for path in READABLE if path.suffix == ".md"]
# Written so that this file does not hold what it looks for.
# Where this checkout lies and whose home it is are found out, not written down.
HERE = "|".join(
    re.escape(f"{place}/") for place in (code.ROOT, Path.home()) if len(place.parts) > 1
)
ON_SOMEBODYS_MACHINE = re.compile(
    rf"(?<![\w.])/(?:home|Users)/[a-z]\w+/|(?<![\w.~-])(?:{HERE})|C:\\\\"
)
REGISTRY = re.compile(
    r"(?:index-url|find-links|extra-index|registry|mirror)[\w-]*\s*[=:]\s*\S*//"
    r"|files\.pythonhosted\.org|pypi\.org/simple"
)
SECRET = re.compile(
    r"-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bghp_\w{36}\b"
)


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a path on somebody's machine", ON_SOMEBODYS_MACHINE),
        ("the address of a package registry", REGISTRY),
        ("a secret", SECRET),
        ("a conflict left in", re.compile(r"^(?:<{7}|>{7}) ", re.M)),
    ],
)
def test_no_tracked_file_holds(what: str, pattern: re.Pattern[str]) -> None:
    assert [
        f"{path}: {what}: {found[0]}"
        for path in READABLE
        if path != Path("tests/house/test_tracked_files.py")
        and (found := pattern.search(code.text(path)))
    ] == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (ON_SOMEBODYS_MACHINE, "see " + "/home/ada/sluice"),
        (ON_SOMEBODYS_MACHINE, f"in {Path.home()}/.cache"),
        (ON_SOMEBODYS_MACHINE, f"in {code.ROOT}/manage.py"),
        (REGISTRY, "--index-url=" + "https://host/simple"),
        (SECRET, "AKIA" + "A" * 16),
    ],
)
def test_the_search_would_find_one(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


def test_locks_pin_every_package_by_hash() -> None:
    for name in ("requirements.lock", "requirements-demo.lock", "requirements-dev.lock"):
        pins = re.split(r"^(?=\S)", (code.ROOT / name).read_text(), flags=re.M)
        packages = [pin for pin in pins if "==" in pin.split("\n")[0]]
        assert len(packages) > 30
        assert [pin.split()[0] for pin in packages if "--hash=sha256:" not in pin] == []


def test_the_smaller_lock_is_part_of_the_larger() -> None:
    """What is tested is what is shipped: one version of a package in all three files."""

    def pins(name: str) -> set[str]:
        return set(re.findall(r"^(\S+==\S+)", (code.ROOT / name).read_text(), re.M))

    production, demo = pins("requirements.lock"), pins("requirements-demo.lock")
    assert production - demo == set()
    assert demo - pins("requirements-dev.lock") == set()


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", code.text(page), flags=re.S)
    for label, target in re.findall(r"\[([^\]]*)\]\(([^)\s]+)\)", text):
        assert label, f"a link without words to {target}"
        if re.match(r"[a-z]+:", target):
            assert target.startswith("https://"), target
            continue
        file, _, heading = target.partition("#")
        place = (code.ROOT / page.parent / file).resolve() if file else code.ROOT / page
        assert place.exists(), target
        assert not heading or heading in _headings(place.read_text()), target


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_file_a_page_names_exists(page: Path) -> None:
    """`docs/openapi.yaml` in back quotes is a promise like a link."""
    for name in re.findall(r"`((?:docs|tests|templates|\.ci)/[\w./-]+)`", code.text(page)):
        assert (code.ROOT / name).exists(), name


def _headings(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
