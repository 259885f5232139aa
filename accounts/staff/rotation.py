"""Re-sealing the secrets of second factors under the current key."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator

from accounts.staff.facts import SECOND_FACTOR_CONTEXT
from backoffice.lib import crypto, resealing

# Where the library keeps what it had us encrypt: TOTP, recovery codes, codes of older versions.
_SECRETS = ("secret", "seed", "migrated_codes")


def rotate(*, batch: int, progress: resealing.Progress) -> resealing.Rotated:
    """Effects: see `resealing.rotate`."""
    return resealing.rotate(
        model=Authenticator, columns=["data"], reseal=_reseal, batch=batch, progress=progress
    )


def _reseal(row: Any) -> int:
    renewed = 0
    for name in _SECRETS:
        stored = row.data.get(name)
        texts = stored if isinstance(stored, list) else [stored] if stored else []
        fresh = [_fresh(text) for text in texts]
        renewed += sum(new != old for new, old in zip(fresh, texts, strict=True))
        if texts:
            row.data[name] = fresh if isinstance(stored, list) else fresh[0]
    return renewed


def _fresh(text: str) -> str:
    try:
        sealed = bytes.fromhex(text)
    except ValueError as error:
        raise crypto.SealBroken("not a sealed value") from error
    fresh = crypto.resealed(sealed, context=SECOND_FACTOR_CONTEXT)
    return text if fresh is None else fresh.hex()
