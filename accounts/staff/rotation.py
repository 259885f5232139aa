"""Re-sealing the secrets of second factors under the current key; safe to run again."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.staff.facts import SECOND_FACTOR_CONTEXT
from backoffice.lib import crypto

# Where the login library keeps what it has sealed (a list: codes moved from another library).
_SEALED = ("secret", "seed", "migrated_codes")


def rotate() -> int:
    """Returns how many second factors were re-sealed."""
    ids = list(Authenticator.objects.order_by("pk").values_list("pk", flat=True))
    return sum(_rotate_one(pk) for pk in ids)


@transaction.atomic
def _rotate_one(pk: int) -> bool:
    factor = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if factor is None:  # taken away meanwhile
        return False
    resealed = {name: _resealed(factor.data[name]) for name in _SEALED if name in factor.data}
    if all(factor.data[name] == value for name, value in resealed.items()):
        return False
    factor.data = {**factor.data, **resealed}
    factor.save(update_fields=["data"])
    return True


def _resealed(value: Any) -> Any:
    if isinstance(value, list):
        return [_resealed(each) for each in value]
    sealed = bytes.fromhex(value)
    if crypto.key_id_of(sealed) == crypto.current_key_id():
        return value
    text = crypto.unseal(sealed, context=SECOND_FACTOR_CONTEXT)
    return crypto.seal(text, context=SECOND_FACTOR_CONTEXT).hex()
