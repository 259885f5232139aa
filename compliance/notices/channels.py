"""The ways out: e-mail, a signed webhook, and whatever SMS gateway the lender has.

A channel sends one message or raises `NotSent`. Every attempt carries the notice's own id, so a
receiver that gets it twice can tell.
"""

from __future__ import annotations

import json
from typing import Protocol

import httpx
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.module_loading import import_string
from standardwebhooks import Webhook

from backoffice.lib import clock
from compliance.notices.facts import Message
from compliance.notices.models import DeliveryChannel, Notice

TIMEOUT_SECONDS = 10


class NotSent(Exception):
    """The attempt failed; the text is a short code without personal data."""


class SmsProvider(Protocol):
    """What an SMS gateway must offer. Name the class in SMS_PROVIDER."""

    def send(self, *, phone: str, text: str, idempotency_key: str) -> None:
        """Raises: NotSent. The key is the same for every attempt of one message."""


class NoSmsProvider:
    """No gateway is configured; nothing is ever queued for it."""

    def send(self, *, phone: str, text: str, idempotency_key: str) -> None:
        raise NotSent("sms_not_configured")


def configured() -> tuple[DeliveryChannel, ...]:
    """The channels a notice goes out through besides the inbox."""
    found = [DeliveryChannel.EMAIL] if settings.NOTICE_BY_EMAIL else []
    if settings.NOTICE_WEBHOOK_URL:
        found.append(DeliveryChannel.WEBHOOK)
    if settings.SMS_PROVIDER and not settings.SMS_PROVIDER.endswith(".NoSmsProvider"):
        found.append(DeliveryChannel.SMS)
    return tuple(found)


def send(*, channel: DeliveryChannel, notice: Notice, message: Message, address: str) -> None:
    """Raises: NotSent. `address` is empty for the webhook."""
    if channel == DeliveryChannel.EMAIL:
        _send_email(message, address)
    elif channel == DeliveryChannel.WEBHOOK:
        _send_webhook(notice, message)
    else:
        provider: SmsProvider = import_string(settings.SMS_PROVIDER)()
        provider.send(
            phone=address, text=f"{message.title} {message.body}", idempotency_key=message.public_id
        )


def _send_email(message: Message, address: str) -> None:
    mail = EmailMessage(
        subject=message.title,
        body=message.body,
        to=[address],
        headers={"Message-ID": f"<{message.public_id}@sluice>"},
    )
    try:
        mail.send()
    except (OSError, ValueError) as error:
        raise NotSent(f"email_{type(error).__name__}") from error


def _send_webhook(notice: Notice, message: Message) -> None:
    """Source: Standard Webhooks 1.0 (webhook-id, webhook-timestamp, webhook-signature)."""
    url, secret = settings.NOTICE_WEBHOOK_URL, settings.NOTICE_WEBHOOK_SECRET
    if not url or not secret:  # taken out of the configuration since this was queued
        raise NotSent("webhook_not_configured")
    body = json.dumps(
        {
            "type": f"notice.{notice.template}",
            "timestamp": message.queued_at.isoformat(),
            "data": {
                "id": message.public_id,
                "customer": notice.recipient,
                "cause": notice.cause,
                "title": message.title,
                "body": message.body,
            },
        },
        ensure_ascii=False,
    )
    now = clock.now()
    headers = {
        "content-type": "application/json",
        "webhook-id": message.public_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message.public_id, now, body),
    }
    try:
        # Only the status counts: a body is not waited for, however slowly it drips.
        with httpx.stream(
            "POST",
            url,
            content=body.encode(),
            headers=headers,
            timeout=TIMEOUT_SECONDS,
        ) as answer:
            status = answer.status_code
    except httpx.HTTPError as error:
        raise NotSent(f"webhook_{type(error).__name__}") from error
    if not 200 <= status < 300:
        raise NotSent(f"webhook_status_{status}")
