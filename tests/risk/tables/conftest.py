"""Every engine in turn, by its name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.risk.tables.frames import ENGINES, spark


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Spark is up before a test begins: starting it changes the process under the drawing."""
    if request.param != "pyspark":
        yield request.param
        return
    session = spark()
    yield request.param
    session.stop()
    spark.cache_clear()
