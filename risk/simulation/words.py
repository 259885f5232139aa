"""What a backtest's codes are called on screens, and its numbers as people read them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from risk.simulation.bands import REGIONS, UNKNOWN

DIMENSIONS = {
    "tier": _("credit score"),
    "region": _("region"),
    "age": _("age"),
    "tenure": _("time as a customer"),
}
DIMENSION_NOTES = {
    "tier": "",
    "region": _("The province where the identity number was first issued, not where people live."),
    "age": "",
    "tenure": _("Days from the first record to the snapshot."),
}
PROBLEMS = {
    "file_missing": _(
        "A file of the snapshot is missing. What is done is kept: bring the file back, or take a "
        "new snapshot and start again."
    ),
    "file_altered": _(
        "A file of the snapshot is not what was written. What is done is kept: bring the file "
        "back, or take a new snapshot and start again."
    ),
    "storage_failed": _("The folder for snapshots cannot be read or written (SNAPSHOT_DIR)."),
    "snapshot_failed": _("The snapshot could not be taken."),
    "snapshot_removed": _("The snapshot's files have been removed."),
    "snapshot_outdated": _(
        "The snapshot is older than a signal the policy looks at. Take a new snapshot and start "
        "again."
    ),
    "policy_unreadable": _("A policy of the comparison can no longer be read."),
}
PROOF_PROBLEMS = {
    "policy_status": _("The version had moved on: this backtest does not count for its approval."),
    "proof_other_hash": _(
        "The version had changed: this backtest does not count for its approval."
    ),
}
_PROVINCES_EN = {
    "11": "Beijing", "12": "Tianjin", "13": "Hebei", "14": "Shanxi", "15": "Inner Mongolia",
    "21": "Liaoning", "22": "Jilin", "23": "Heilongjiang", "31": "Shanghai", "32": "Jiangsu",
    "33": "Zhejiang", "34": "Anhui", "35": "Fujian", "36": "Jiangxi", "37": "Shandong",
    "41": "Henan", "42": "Hubei", "43": "Hunan", "44": "Guangdong", "45": "Guangxi",
    "46": "Hainan", "50": "Chongqing", "51": "Sichuan", "52": "Guizhou", "53": "Yunnan",
    "54": "Tibet", "61": "Shaanxi", "62": "Gansu", "63": "Qinghai", "64": "Ningxia",
    "65": "Xinjiang", "71": "Taiwan", "81": "Hong Kong", "82": "Macao", "83": "Taiwan",
}  # fmt: skip


def value_words(dimension: str, value: str) -> str:
    """`580_619` is `580–619`, `740_up` is `740+`, a province its name."""
    if value == UNKNOWN:
        return _now("not known")
    if dimension == "region":
        is_chinese = (get_language() or "zh-hans").startswith("zh")
        return (REGIONS if is_chinese else _PROVINCES_EN).get(value, value)
    start, _sep, end = value.partition("_")
    reach = f"{start}+" if end == "up" else f"{start}–{end}"
    return _now("%(reach)s days") % {"reach": reach} if dimension == "tenure" else reach


def problem_words(code: str) -> Any:
    return PROBLEMS.get(code, code)


def share(part: int, whole: int) -> str:
    """`12.5%`, a dash for nothing of nothing."""
    return rate(part / whole if whole else None)


def rate(value: float | Fraction | None) -> str:
    """A rate to one place; a dash when there is none."""
    return "—" if value is None else f"{float(100 * value):.1f}%"


def ratio(value: Fraction | None) -> str:
    return "—" if value is None else f"{float(value):.2f}"


def count(number: int) -> str:
    return f"{number:,}"
