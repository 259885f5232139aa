"""Counties by their code, with the years each name was in force. Pure.

Source: GB/T 2260 and its former editions, as `python-stdnum` carries them.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

from stdnum import numdb

from accounts.verification.facts import Region

_KNOWN = numdb.get("cn/loc")
_COUNTY = re.compile(r"(?:\[(?P<start>\d*)-(?P<end>\d*)\])?(?P<name>[^\[,]+)")

# Residence permits for people from Hong Kong, Macao and Taiwan number like identity cards, with
# 810000, 820000 and 830000 in place of a county (State Council, in force since 2018-09-01). The
# list lacks the last.
_TAIWAN = (Region("台湾居民", "台湾", None, None),)


@lru_cache(maxsize=8192)
def counties(code: str) -> tuple[Region, ...]:
    """Everything this code ever meant, earliest first; empty for a code that never was.

    The library's own reading raises KeyError for an unknown county of a known province.
    """
    if code == "830000":
        return _TAIWAN
    found = {key: text for _part, known in _KNOWN.info(code) for key, text in known.items()}
    return tuple(
        Region(
            county["name"],
            found.get("province", ""),
            int(county["start"]) if county["start"] else None,
            int(county["end"]) if county["end"] else None,
        )
        for county in _COUNTY.finditer(found.get("county", ""))
    )


def region_of(code: str, *, born_in: int) -> Region | None:
    """The county under the name it had in the year of birth; None for a code that never was.

    A code younger than its bearer was given at a later registration: then the first name it
    had. One abolished before they were born: the last.
    """
    known = counties(code)
    for county in known:
        if (county.since or 0) <= born_in <= (county.until or dt.MAXYEAR):
            return county
    later = [county for county in known if (county.since or 0) > born_in]
    return next(iter(later or known[-1:]), None)
