"""Catalogues of words: compiled from their sources, and nothing half done."""

from __future__ import annotations

import gettext
import io
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house import code

CATALOGUES = [path for path in code.tracked() if path.suffix == ".po"]


@pytest.mark.parametrize("path", CATALOGUES, ids=str)
def test_a_catalogue_is_complete_and_compiled_from_its_source(path: Path) -> None:
    if shutil.which("msgfmt") is None:
        pytest.skip("gettext's msgfmt is not installed")
    compiled = subprocess.run(
        ["msgfmt", "--check", "--statistics", "--output-file=-", code.ROOT / path],
        capture_output=True, check=False,
    )  # fmt: skip
    said = compiled.stderr.decode()
    assert compiled.returncode == 0, said
    assert "fuzzy" not in said
    assert "untranslated" not in said
    source = gettext.GNUTranslations(io.BytesIO(compiled.stdout))
    shipped = (code.ROOT / path).with_suffix(".mo").read_bytes()
    assert gettext.GNUTranslations(io.BytesIO(shipped))._catalog == source._catalog  # type: ignore[attr-defined]
