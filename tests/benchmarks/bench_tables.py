"""One evaluation of a 20-rule table with full trace, beside zen-engine on the same table."""

from __future__ import annotations

import json
import timeit
from decimal import Decimal

from risk.tables import services
from risk.tables.facts import FeelType, HitPolicy, InputColumn, Model, OutputColumn, Rule, Table
from tests.benchmarks.machine import print_title

FACTS = {
    "score": Decimal(631),
    "late": Decimal(1),
    "utilisation": Decimal("0.72"),
    "status": "verified",
}


def table() -> Table:
    """20 rules over four columns: numbers, an interval column and a text column."""
    statuses = ["verified", "mismatch", "failed", "unverified"]
    rules = tuple(
        Rule(
            inputs=(
                f"< {500 + 20 * index}",
                "-" if index % 2 else f">= {index // 4}",
                f"[{index / 20:.2f}..{(index + 8) / 20:.2f})",
                "-" if index % 3 else f'"{statuses[index % 4]}", "verified"',
            ),
            outputs=(f'"REASON_{index}"', '"LIMITED"'),
        )
        for index in range(20)
    )
    number, text = FeelType.NUMBER, FeelType.STRING
    inputs = (
        InputColumn("score", number), InputColumn("late", number),
        InputColumn("utilisation", number), InputColumn("status", text),
    )  # fmt: skip
    outputs = (OutputColumn("reason", text), OutputColumn("effect", text))
    return Table("restrictions", HitPolicy.COLLECT, inputs, outputs, rules)


def zen_decision(source: Table):  # type: ignore[no-untyped-def]
    import zen

    inputs = [{"id": f"i{i}", "name": c.name, "field": c.name} for i, c in enumerate(source.inputs)]
    outputs = [
        {"id": f"o{i}", "name": c.name, "field": c.name} for i, c in enumerate(source.outputs)
    ]
    rules = [
        {
            "_id": str(row),
            **{f"i{i}": "" if cell == "-" else cell for i, cell in enumerate(rule.inputs)},
            **{f"o{i}": cell for i, cell in enumerate(rule.outputs)},
        }
        for row, rule in enumerate(source.rules)
    ]
    node = {
        "id": "table", "name": "table", "type": "decisionTableNode",
        "content": {"hitPolicy": "collect", "inputs": inputs, "outputs": outputs, "rules": rules},
    }  # fmt: skip
    graph = {
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode"}, node,
            {"id": "out", "name": "out", "type": "outputNode"},
        ],
        "edges": [
            {"id": "a", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "b", "sourceId": "table", "targetId": "out", "type": "edge"},
        ],
    }  # fmt: skip
    return zen.ZenEngine().create_decision(json.dumps(graph))


def main() -> None:
    print_title("decision table: 20 rules, 4 columns, full trace")
    source = table()
    evaluate = services.compile_model(Model((source,))).evaluate
    decision = zen_decision(source)
    plain = {k: float(v) if isinstance(v, Decimal) else v for k, v in FACTS.items()}
    ours = [row["reason"] for row in evaluate(FACTS)["restrictions"].result]
    theirs = [row["reason"] for row in decision.evaluate(plain)["result"]]
    assert ours == theirs, (ours, theirs)
    mine = min(timeit.repeat(lambda: evaluate(FACTS), number=20_000, repeat=5)) / 20_000
    zen_traced = (
        min(timeit.repeat(lambda: decision.evaluate(plain, {"trace": True}), number=500, repeat=5))
        / 500
    )
    zen_plain = min(timeit.repeat(lambda: decision.evaluate(plain), number=500, repeat=5)) / 500
    print(f"sluice, with trace       {mine * 1e6:8.2f} µs   (target ≤ 5)")
    print(
        f"zen-engine, with trace   {zen_traced * 1e6:8.2f} µs   {zen_traced / mine:6.1f} × as long"
    )
    print(f"zen-engine, no trace     {zen_plain * 1e6:8.2f} µs   {zen_plain / mine:6.1f} × as long")


if __name__ == "__main__":
    main()
