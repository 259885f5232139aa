"""What the words of a reason may say. Pure."""

from __future__ import annotations

import re

# Not every way to say it, but every common one: an operator who means well is stopped in time.
_OF_OTHERS = re.compile(
    r"关联|他人|别人|亲友|联系人|同一|共用|共享|其他(?:人|客户|用户|账户|借款人)"
    r"|\b(?:others?|another|someone|somebody|anyone else|shared?|sharing|linked|links?|associat\w*"
    r"|connected|famil(?:y|ies)|friends?|contacts?)\b",
    re.IGNORECASE,
)


def tells_of_others(text: str) -> str:
    """The first words by which a customer would learn of somebody else; empty without any."""
    found = _OF_OTHERS.search(text)
    return found[0] if found else ""
