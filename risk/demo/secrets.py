"""The demo's password and client secret: one for every installation, the same at every start.

Derived, not stored and not shipped: a database that a demo was once seeded into holds no password
that the world knows.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from django.conf import settings

_LENGTH = 12


def demo_password() -> str:
    """Three groups of four letters and digits, easy to copy."""
    text = _derived("password")[:_LENGTH]
    return "-".join(text[start : start + 4] for start in range(0, _LENGTH, 4))


def client_secret() -> str:
    return _derived("client")


def _derived(purpose: str) -> str:
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"demo {purpose}".encode(), hashlib.sha256)
    return base64.b32encode(digest).decode().rstrip("=").lower()
