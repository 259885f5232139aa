"""From stored facts to the stored answer: pure, so that replay gives the same bytes.

Facts and answers are canonical JSON (sorted keys, no spaces). Decimals are text, so that no
reader rounds them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from accounts.access.facts import Product
from risk.policies.answers import evaluate
from risk.signals.catalogue import staleness_of
from risk.signals.facts import Facts
from risk.tables.facts import FeelType, InputColumn
from risk.tables.services import canonical

__all__ = ["evaluate", "facts_json", "read_facts"]


def facts_json(*, facts: Facts, product: Product, at: dt.datetime) -> str:
    """Everything the answer depends on besides the policy: when, signals, the product's bounds."""
    values = facts.values
    capped = f'"capped":{codes_json(facts.capped)},' if facts.capped else ""
    # Put together from canonical parts: keys in order, the product's written once a process.
    signals = [f"{key}{_plain(values[name])}" for name, key in _keys(tuple(values))]
    return (
        f'{{"at":"{at.isoformat()}",{capped}"product":{_product_json(product)},'
        f'"signals":{{{",".join(signals)}}},"stale":{codes_json(facts.stale)}}}'
    )


@lru_cache(maxsize=4096)
def codes_json(codes: tuple[str, ...]) -> str:
    """A list of codes; the same few lists come again and again."""
    return canonical(list(codes))


@lru_cache(maxsize=64)
def _product_json(product: Product) -> str:
    return canonical(product.as_stored())


def read_facts(
    text: str, *, columns: Iterable[InputColumn]
) -> tuple[dict[str, Any], Product, dt.datetime]:
    """The inverse of `facts_json`, for replay.

    The policy's own columns say what the stored texts are: the catalogue may have moved on since.
    """
    stored = json.loads(text)
    signals: dict[str, Any] = {}
    for column in columns:
        if column.name in stored["signals"]:
            signals[column.name] = _read(column.type, stored["signals"][column.name])
        elif name := staleness_of(column.name):
            signals[column.name] = name in stored["stale"]
    product = Product.from_stored(stored["product"])
    return signals, product, dt.datetime.fromisoformat(stored["at"])


@lru_cache(maxsize=8)
def _keys(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Each name with its key as JSON, in the order of canonical JSON."""
    return tuple((name, f"{canonical(name)}:") for name in sorted(names))


def _plain(value: Any) -> str:
    if value.__class__ is not Decimal:
        return _json(value)
    text = str(value)
    return f'"{value:f}"' if "E" in text else f'"{text}"'


@lru_cache(maxsize=1024, typed=True)  # typed: 1 and True are equal and not the same
def _json(value: Any) -> str:
    """Of what is no number: a few words."""
    return canonical(value)


def _read(feel_type: FeelType, value: Any) -> Any:
    return Decimal(value) if feel_type is FeelType.NUMBER and value is not None else value
