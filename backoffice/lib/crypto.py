"""Personal data at rest: AES-256-GCM values with a key id, and keyed blind indexes.

Shape of a sealed value: version byte 1 · length of key id · key id · 12-byte nonce ·
ciphertext with its 16-byte tag. The context (what and whose the value is) is authenticated:
a value copied to another column or row does not open.
Source: NIST SP 800-38D (GCM, random 96-bit nonces); HMAC-SHA-256, RFC 2104.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_VERSION = 1
_NONCE_BYTES = 12
INDEX_BYTES = 16


class SealBroken(Exception):
    """The value was altered, belongs elsewhere, or its key is gone. Carries no plaintext."""


def seal(text: str, *, context: str) -> bytes:
    """Encrypt under the current key. Shape: see the module."""
    key_id = settings.FIELD_KEYS[0].id.encode()
    nonce = os.urandom(_NONCE_BYTES)
    sealed = _cipher(key_id).encrypt(nonce, text.encode(), context.encode())
    return bytes([_VERSION, len(key_id)]) + key_id + nonce + sealed


def unseal(value: bytes | memoryview, *, context: str) -> str:
    """Raises: SealBroken."""
    raw = bytes(value)
    if len(raw) < 2 or raw[0] != _VERSION:
        raise SealBroken("unknown format")
    start = 2 + raw[1]
    nonce, body = raw[start : start + _NONCE_BYTES], raw[start + _NONCE_BYTES :]
    try:
        return _cipher(raw[2:start]).decrypt(nonce, body, context.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise SealBroken("altered or misplaced value") from error


def resealed(value: bytes | memoryview, *, context: str) -> bytes | None:
    """The same text under the current key; None when it is. Raises: SealBroken."""
    if key_id_of(value) == current_key_id():
        return None
    return seal(unseal(value, context=context), context=context)


def key_id_of(value: bytes | memoryview) -> str:
    """Which key sealed this value. Raises: SealBroken."""
    raw = bytes(value)
    if len(raw) < 2 or raw[0] != _VERSION:
        raise SealBroken("unknown format")
    return raw[2 : 2 + raw[1]].decode("ascii", errors="replace")


def current_key_id() -> str:
    return str(settings.FIELD_KEYS[0].id)


def blind_index(normalised: str, *, purpose: str) -> bytes:
    """A keyed fingerprint to find equal values without reading them. Units: 16 bytes.

    `purpose` separates columns: equal texts in different columns have unrelated indexes.
    """
    message = purpose.encode() + b"\0" + normalised.encode()
    return hmac.digest(settings.BLIND_INDEX_KEY, message, hashlib.sha256)[:INDEX_BYTES]


def _cipher(key_id: bytes) -> AESGCM:
    for key in settings.FIELD_KEYS:
        if key.id.encode() == key_id:
            return _prepared(key.secret)
    raise SealBroken("unknown key id")


@lru_cache(maxsize=32)
def _prepared(secret: bytes) -> AESGCM:
    return AESGCM(secret)
