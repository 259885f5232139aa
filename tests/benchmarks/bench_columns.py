"""A policy of 20 rules over 40 signals for a million customers in memory, and an old and a new
policy for ten million out of Parquet; ROWS=… asks for fewer or more of the latter.

Sides of the first: the population compiler on Polars, the same policy written by hand in DuckDB's
SQL and as a Python function called row by row. Of the second: one pass over both policies, two
passes and a join, and only reading the same columns.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from risk.tables import services
from tests.benchmarks import policy
from tests.benchmarks.machine import print_rate, print_title

MILLION = 1_000_000
ROUNDS = 7
ROWS_IN_PYTHON = 20_000
ROWS = int(os.environ.get("ROWS", 10 * MILLION))
PART = 500_000
MASK = "restrictions__fired_0"
HERE = "tests.benchmarks.bench_columns"


def main() -> None:
    in_memory()
    out_of_parquet()


# ── one policy in memory ────────────────────────────────────────────────────────────────────


def in_memory() -> None:
    print_title(
        "population: 1 M customers in memory, 40 signals, 20 rules, the fired rules as bits"
    )
    frame = policy.customers(MILLION)
    sides = _sides(frame)
    wanted = sides["polars streaming"]().to_list()
    for name, side in sides.items():
        found = list(side())
        assert found == wanted[: len(found)], name
    rates: dict[str, list[float]] = {name: [] for name in sides}
    bandwidth = []
    for _round in range(ROUNDS):
        for name, side in sides.items():
            rows = ROWS_IN_PYTHON if name == "python, row by row" else MILLION
            rates[name].append(rows / _seconds(side))
        bandwidth.append(_bandwidth())
    ours = rates["polars streaming"]
    print_rate("sluice: polars, streaming (target ≥ 15 M)", ours)
    for name, found in rates.items():
        if name != "polars streaming":
            print_rate(name, found, against=ours)
    print("targets: DuckDB's SQL ≤ × 0.400 of ours, Python row by row ≤ × 0.025")
    _print_bandwidth(frame, sorted(ours)[len(ours) // 2], bandwidth)


def _sides(frame: pl.DataFrame) -> dict[str, Callable[[], Any]]:
    model = services.compile_columns(model=policy.model())
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    connection.register("given", frame.to_arrow())
    connection.execute("CREATE TABLE customers AS SELECT * FROM given")
    by_hand = f"SELECT customer_id, {policy.sql_mask()} AS mask FROM customers"
    function, columns = (
        policy.python_function(),
        [frame[name][:ROWS_IN_PYTHON].to_list() for name in policy.SIGNALS],
    )
    held = {
        "the same, polars in-memory engine": (frame, "in-memory"),
        "the same, texts not by category": (
            frame.with_columns(pl.col(policy.TEXTS).cast(pl.String)), "streaming"),
        "the same, numbers as Decimal(18, 2)": (
            frame.with_columns(pl.col(policy.NUMBERS).cast(pl.Decimal(18, 2))), "streaming"),
        "the same, numbers in 16 bits": (
            frame.with_columns(pl.col(policy.NUMBERS).cast(pl.Int16)), "streaming"),
    }  # fmt: skip

    def polars(given: pl.DataFrame, engine: str) -> Callable[[], Any]:
        def run() -> Any:
            answered = model.evaluate(given.lazy()).select("customer_id", MASK)
            return answered.collect(engine=engine)[MASK]

        return run

    def relation(build: Callable[[], Any]) -> Callable[[], Any]:
        return lambda: pl.Series(pl.DataFrame(build().to_arrow_table()).to_series(1))

    return {
        "polars streaming": polars(frame, "streaming"),
        **{name: polars(*how) for name, how in held.items()},
        "duckdb, by the same compiler": relation(
            lambda: model.evaluate(connection.table("customers")).select("customer_id", MASK)
        ),
        "duckdb, SQL by hand": relation(lambda: connection.sql(by_hand)),
        "python, row by row": lambda: [function(*row) for row in zip(*columns, strict=True)],
    }


def _seconds(side: Callable[[], Any]) -> float:
    began = time.perf_counter()
    side()
    return time.perf_counter() - began


def _bandwidth() -> float:
    """Bytes a second that this machine reads out of memory, all cores at it."""
    rows = 20 * MILLION
    big = pl.DataFrame({name: pl.int_range(rows, eager=True) for name in ("a", "b", "c", "d")})
    return big.estimated_size() / _seconds(lambda: big.select(pl.all().sum()))


def _print_bandwidth(frame: pl.DataFrame, rate: float, measured: list[float]) -> None:
    a_row = frame.select(policy.SIGNALS).estimated_size() / len(frame)
    memory = sorted(measured)[len(measured) // 2]
    print(
        f"memory is read at {memory / 1e9:.1f} GB/s; the signals are {a_row:.0f} bytes a customer, "
        f"read at {rate * a_row / 1e9:.1f} GB/s ({rate * a_row / memory:.0%})"
    )


# ── old and new out of Parquet ──────────────────────────────────────────────────────────────


def out_of_parquet() -> None:
    print_title(
        f"old × new: {ROWS:,} customers out of Parquet, 40 signals, two policies of 20 rules"
    )
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder))
        size = sum(part.stat().st_size for part in Path(folder).iterdir())
        print(f"written: {size / 1e9:.2f} GB in {len(list(Path(folder).iterdir()))} files")
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in PASSES}
        for _round in range(3):
            for name in PASSES:
                found[name].append(_apart(name, folder))
    for name, runs in found.items():
        seconds, memory = sorted(runs)[len(runs) // 2][0], max(memory for _s, memory in runs)
        print(f"{name:44} {seconds:9.2f} s    at most {memory:5.2f} GB of memory")
    print("targets: one pass ≤ 4 s on two idle cores, below 2 GB")


def _write(folder: Path) -> None:
    """By another process, so that what writing needs is not counted."""
    for number, first in enumerate(range(0, ROWS, PART)):
        frame = policy.customers(min(PART, ROWS - first), first=first)
        frame.write_parquet(folder / f"{number:04}.parquet", compression="lz4")


def _apart(name: str, folder: str) -> tuple[float, float]:
    """(seconds, most memory in GB) of a process of its own."""
    said = subprocess.check_output([sys.executable, "-m", HERE, name, folder], text=True)
    seconds, memory = json.loads(said)
    return seconds, memory


def _matrix(widened: pl.LazyFrame) -> pl.DataFrame:
    """Access before and after, and how many customers."""

    def access(version: str) -> pl.Expr:
        closed, limited = f"{version}__restrictions__closed", f"{version}__restrictions__limited"
        return pl.when(closed).then(2).when(limited).then(1).otherwise(0).cast(pl.Int8)

    grouped = widened.group_by(access("old").alias("old"), access("new").alias("new"))
    return grouped.agg(pl.len()).collect(engine="streaming").sort("old", "new")


def _one_pass(customers: pl.LazyFrame) -> pl.DataFrame:
    pair = services.compile_pair(
        old=policy.model(), new=policy.model(50), old_flags=policy.FLAGS, new_flags=policy.FLAGS
    )
    return _matrix(pair.evaluate(customers))


def _two_passes(customers: pl.LazyFrame) -> pl.DataFrame:
    def version(name: str, shift: int) -> pl.LazyFrame:
        model = services.compile_columns(model=policy.model(shift), flags=policy.FLAGS)
        flags = {f"restrictions__{f}": f"{name}__restrictions__{f}" for f in ("closed", "limited")}
        return model.evaluate(customers).select("customer_id", *flags).rename(flags)

    joined = version("old", 0).join(version("new", 50), on="customer_id")
    return _matrix(joined)


def _reading(customers: pl.LazyFrame) -> pl.DataFrame:
    return customers.select(pl.col(policy.SIGNALS).null_count()).collect(engine="streaming")


PASSES: dict[str, Callable[[pl.LazyFrame], pl.DataFrame]] = {
    "sluice: old and new in one pass": _one_pass,
    "two passes and a join": _two_passes,
    "only reading the signals": _reading,
}


def _run_one(name: str, folder: str) -> None:
    customers = pl.scan_parquet(f"{folder}/*.parquet")
    seconds = _seconds(lambda: PASSES[name](customers))
    # Not ru_maxrss: a child begins with what its parent once had.
    status = Path("/proc/self/status").read_text().splitlines()
    [most] = [int(line.split()[1]) for line in status if line.startswith("VmHWM")]
    print(json.dumps([seconds, most / 1e6]))


if __name__ == "__main__":
    main() if len(sys.argv) == 1 else _run_one(*sys.argv[1:])
