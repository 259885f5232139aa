"""What the API forgets, and when."""

from __future__ import annotations

import datetime as dt

import pytest
from allauth.idp.oidc.models import Client, Token
from django.conf import settings

from backoffice.api.models import IdempotentRequest
from backoffice.api.tasks import forget_expired_tokens, forget_old_requests
from backoffice.lib import clock

pytestmark = pytest.mark.django_db


def test_keys_are_kept_for_three_days_then_forgotten_in_batches() -> None:
    kept = dt.timedelta(hours=settings.IDEMPOTENCY_RETENTION_HOURS)
    now = clock.now()
    ages = {"new": dt.timedelta(), "young": kept - dt.timedelta(minutes=1)}
    ages |= {f"old{n}": kept + dt.timedelta(minutes=n + 1) for n in range(5)}
    for key, age in ages.items():
        IdempotentRequest.objects.create(
            client_id="c", key=key, fingerprint=b"", status=201, body=b"", created_at=now - age
        )
    assert forget_old_requests(batch=2) == 5
    assert set(IdempotentRequest.objects.values_list("key", flat=True)) == {"new", "young"}
    assert forget_old_requests() == 0


def test_tokens_are_forgotten_a_day_after_they_expired() -> None:
    client = Client.objects.create(name="app")
    now = clock.now()
    for name, hours in {"live": -1, "just expired": 1, "dead": 25, "long dead": 999}.items():
        Token.objects.create(
            client=client, type="at", hash=name, expires_at=now - dt.timedelta(hours=hours)
        )
    Token.objects.create(client=client, type="at", hash="for ever", expires_at=None)
    assert forget_expired_tokens(batch=1) == 2
    left = set(Token.objects.values_list("hash", flat=True))
    assert left == {"live", "just expired", "for ever"}
