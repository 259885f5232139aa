"""What a sheet with a table looks like: labelled rows of a header, then a row for each rule.

    table        restrictions
    hit policy   C
    role         input          output      note
    name         score          reason
    type         number         string
    allowed                     "A","B"
    unknown      accepted
    default
    rules
    1            < 580          "A"         since March

What is said of all tables has a sheet of its own, if there is anything:

    policy
    association justification    why links to other people may close

Labels have their Chinese beside them; only the English is read. A label that starts with `+` is a
key of the model's JSON that has no row of its own, its cells are JSON.
"""

from __future__ import annotations

import re

TABLE, HIT_POLICY, ROLE, NAME, TYPE = "table", "hit policy", "role", "name", "type"
ALLOWED, UNKNOWN, DEFAULT, RULES = "allowed", "unknown", "default", "rules"
INPUT, OUTPUT, NOTE = "input", "output", "note"
POLICY, JUSTIFICATION = "policy", "association justification"
JUSTIFICATION_KEY = "association_justification"
MORE = "+"

CHINESE = {
    TABLE: "表", HIT_POLICY: "命中策略", ROLE: "角色", NAME: "名称", TYPE: "类型",
    ALLOWED: "允许值", UNKNOWN: "未知时", DEFAULT: "默认值", RULES: "规则",
    POLICY: "策略", JUSTIFICATION: "因关联关闭使用的理由",
}  # fmt: skip
_BETWEEN = " · "

CHARACTERS_OF_A_CELL = 32_767
_SPECIAL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def label(key: str) -> str:
    return f"{key}{_BETWEEN}{CHINESE[key]}"


def key(written: str) -> str:
    return written.partition(_BETWEEN)[0].strip()


def escaped(text: str) -> str:
    """As cells hold characters that XML cannot, or changes. Source: ECMA-376 part 1, ST_Xstring."""
    return _SPECIAL.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
