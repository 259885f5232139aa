"""How customers are grouped for reading a backtest. Pure; the boundaries are a convention.

Region is the province in which a resident identity number was first issued (GB/T 2260): where
somebody comes from, not where they live.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

UNKNOWN = "unknown"
# Lower bounds, inclusive; the code of a band is `from_to` or `from_up`.
SCORE_BOUNDS = (0, 580, 620, 660, 700, 740)
AGE_BOUNDS = (0, 25, 35, 45, 55, 65)
TENURE_DAYS = (0, 90, 365, 3 * 365)

# GB/T 2260, the first two digits.
REGIONS: Mapping[str, str] = MappingProxyType(
    {
        "11": "北京", "12": "天津", "13": "河北", "14": "山西", "15": "内蒙古", "21": "辽宁",
        "22": "吉林", "23": "黑龙江", "31": "上海", "32": "江苏", "33": "浙江", "34": "安徽",
        "35": "福建", "36": "江西", "37": "山东", "41": "河南", "42": "湖北", "43": "湖南",
        "44": "广东", "45": "广西", "46": "海南", "50": "重庆", "51": "四川", "52": "贵州",
        "53": "云南", "54": "西藏", "61": "陕西", "62": "甘肃", "63": "青海", "64": "宁夏",
        "65": "新疆", "71": "台湾", "81": "香港", "82": "澳门", "83": "台湾",
    }
)  # fmt: skip


def band_codes(bounds: tuple[int, ...]) -> tuple[str, ...]:
    """`0_579`, `580_619`, …, `740_up`, in order."""
    ends = [*(str(bound - 1) for bound in bounds[1:]), "up"]
    return tuple(f"{start}_{end}" for start, end in zip(bounds, ends, strict=True))


def tenure_starts(at: dt.datetime) -> tuple[dt.datetime, ...]:
    """Customers since then or earlier are in this band or a longer one."""
    return tuple(at - dt.timedelta(days=days) for days in TENURE_DAYS)
