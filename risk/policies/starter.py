"""Two policies to begin with. They are examples to edit, not advice: thresholds are invented.

`consumer_credit` uses everything Sluice knows; `repayment_behaviour` is for a portfolio that
arrives with repayment history only (no score, no identity checks).

What is not known is decided for every column. Score, repayment and age are what a loan stands on:
not knowing them limits. Applications and utilisation only make a known risk worse, and whoever
has no other credit has none: not knowing them is accepted (marked with a question mark below).
"""

from __future__ import annotations

from typing import Any

_RESTRICTION_OUTPUTS = [
    {"name": "reason", "type": "string"},
    {"name": "effect", "type": "string"},
    {"name": "limit_cents", "type": "number"},
    {"name": "days", "type": "number"},
]
_TERMS_OUTPUTS = [
    {"name": "limit_cents", "type": "number"},
    {"name": "annual_rate", "type": "number"},
    {"name": "max_term_months", "type": "number"},
]


def consumer_credit() -> dict[str, Any]:
    """For amounts of 5,000 to 200,000 yuan over 1 to 12 months."""
    restrictions = _table(
        "restrictions", "C",
        ["identity_status:string", "phone_comparison:string", "score", "months_late_now",
         "months_late_max_6m", "applications_30d?", "utilisation?", "age_years"],
        _RESTRICTION_OUTPUTS,
        [
            _rule({0: '"failed"'}, "IDENTITY_FAILED", "CLOSED"),
            _rule({0: '"mismatch"'}, "IDENTITY_MISMATCH", "CLOSED"),
            _rule({0: '"unverified"'}, "IDENTITY_UNVERIFIED", "CLOSED"),
            _rule({1: '"differs"'}, "PHONE_MISMATCH", "LIMITED", limit=1_000_000),
            _rule({2: "null"}, "SCORE_UNKNOWN", "LIMITED", limit=500_000),
            _rule({2: "< 580"}, "SCORE_TOO_LOW", "CLOSED"),
            _rule({2: "[580..620)"}, "SCORE_TOO_LOW", "LIMITED", limit=1_000_000),
            _rule({3: ">= 2"}, "PAYMENT_SERIOUSLY_LATE", "CLOSED"),
            _rule({3: "1"}, "PAYMENT_LATE", "LIMITED", limit=500_000),
            _rule({3: "0", 4: ">= 1"}, "PAYMENT_LATE", "LIMITED", limit=2_000_000),
            _rule({3: "null"}, "REPAYMENT_UNKNOWN", "LIMITED", limit=1_000_000),
            _rule({5: "> 6"}, "APPLIED_TOO_OFTEN", "CLOSED", days=30),
            _rule({5: "[4..6]"}, "APPLIED_TOO_OFTEN", "LIMITED", limit=1_000_000),
            _rule({6: "> 0.9"}, "UTILISATION_HIGH", "LIMITED", limit=1_500_000),
            _rule({7: "< 18, > 70"}, "AGE_NOT_ELIGIBLE", "CLOSED"),
            _rule({3: "0", 4: "null"}, "REPAYMENT_UNKNOWN", "LIMITED", limit=2_000_000),
            _rule({7: "null"}, "AGE_UNKNOWN", "LIMITED", limit=500_000),
        ],
    )  # fmt: skip
    terms = _table(
        "terms", "F", ["score", "utilisation"], _TERMS_OUTPUTS,
        [
            {"inputs": [">= 700", "<= 0.5"], "outputs": ["20000000", "0.0720", "12"]},
            {"inputs": [">= 700", "-"], "outputs": ["12000000", "0.0900", "12"]},
            {"inputs": ["[650..700)", "-"], "outputs": ["8000000", "0.1080", "12"]},
            {"inputs": ["[600..650)", "-"], "outputs": ["3000000", "0.1380", "6"]},
            {"inputs": ["-", "-"], "outputs": ["1000000", "0.1460", "3"]},
        ],
    )  # fmt: skip
    return {"tables": [restrictions, terms]}


def repayment_behaviour() -> dict[str, Any]:
    """For an existing card portfolio with six months of bills and payments."""
    restrictions = _table(
        "restrictions", "C",
        ["months_late_now", "months_late_max_6m", "utilisation?", "payment_ratio_6m?", "age_years"],
        _RESTRICTION_OUTPUTS,
        [
            _rule({0: "null"}, "REPAYMENT_UNKNOWN", "CLOSED"),
            _rule({0: ">= 2"}, "PAYMENT_SERIOUSLY_LATE", "CLOSED"),
            _rule({0: "< 2", 1: ">= 3"}, "PAYMENT_SERIOUSLY_LATE", "CLOSED"),
            _rule({0: "1", 1: "< 3, null"}, "PAYMENT_LATE", "LIMITED", limit=5_000_000),
            _rule({0: "0", 1: "[1..2]"}, "PAYMENT_LATE", "LIMITED", limit=8_000_000),
            _rule({0: "0", 1: "null"}, "REPAYMENT_UNKNOWN", "LIMITED", limit=5_000_000),
            _rule({2: "> 0.95", 3: "< 0.05"}, "UTILISATION_HIGH", "LIMITED", limit=5_000_000),
            _rule({4: "< 18"}, "AGE_NOT_ELIGIBLE", "CLOSED"),
            _rule({4: "null"}, "AGE_UNKNOWN", "LIMITED", limit=5_000_000),
        ],
    )  # fmt: skip
    terms = _table(
        "terms", "F", ["current_limit_cents"], _TERMS_OUTPUTS,
        [
            {"inputs": [">= 30000000"], "outputs": ["20000000", "0.0900", "12"]},
            {"inputs": ["[10000000..30000000)"], "outputs": ["10000000", "0.1100", "12"]},
            {"inputs": ["-"], "outputs": ["3000000", "0.1400", "6"]},
        ],
    )  # fmt: skip
    return {"tables": [restrictions, terms]}


def _table(
    name: str, hit_policy: str, inputs: list[str], outputs: list[Any], rules: list[Any]
) -> dict[str, Any]:
    """Input columns are `name` or `name:type`, with a question mark where unknown is accepted;
    rules given as cells by position are filled up."""
    columns = [_column(*column.partition(":")[::2]) for column in inputs]
    filled = [
        rule
        if isinstance(rule["inputs"], list)
        else {**rule, "inputs": [rule["inputs"].get(i, "-") for i in range(len(columns))]}
        for rule in rules
    ]
    return {
        "name": name, "hit_policy": hit_policy, "inputs": columns,
        "outputs": [dict(output) for output in outputs], "rules": filled,
    }  # fmt: skip


def _column(name: str, feel_type: str) -> dict[str, Any]:
    column = {"name": name.rstrip("?"), "type": feel_type or "number"}
    return column | ({"unknown": "accepted"} if name.endswith("?") else {})


def _rule(
    cells: dict[int, str],
    reason: str,
    effect: str,
    *,
    limit: int | None = None,
    days: int | None = None,
) -> dict[str, Any]:
    return {
        "inputs": cells,
        "outputs": [
            f'"{reason}"',
            f'"{effect}"',
            str(limit) if limit is not None else "",
            str(days) if days is not None else "",
        ],
    }
