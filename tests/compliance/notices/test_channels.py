"""The ways out: inbox alone, e-mail, signed webhook, SMS behind an interface."""

from __future__ import annotations

import smtplib
from typing import Any

import httpx
import pytest
import respx
from django.core import mail
from standardwebhooks import Webhook, WebhookVerificationError

from compliance.notices import channels, services
from compliance.notices.models import Delivery, Notice
from tests.compliance.notices.conftest import OPEN, a_customer, queue
from tests.lender import AT, Lender
from tests.receiver import SECRET, Receiver

TEXTS: list[tuple[str, str, str]] = []


class Gateway:
    """An SMS provider as a lender would write one."""

    def send(self, *, phone: str, text: str, idempotency_key: str) -> None:
        TEXTS.append((phone, text, idempotency_key))


class ClosedGateway:
    def send(self, *, phone: str, text: str, idempotency_key: str) -> None:
        raise channels.NotSent("sms_quota_used_up")


def states() -> dict[str, tuple[str, str]]:
    return {d.channel: (d.state, d.failure) for d in Delivery.objects.all()}


def test_a_lender_with_no_channel_still_has_the_inbox(customer: str, settings: Any) -> None:
    settings.NOTICE_BY_EMAIL = False
    queue(customer)
    assert (Notice.objects.count(), Delivery.objects.count()) == (1, 0)


def test_every_configured_channel_gets_its_own_delivery(
    customer: str, receiver: Receiver, settings: Any
) -> None:
    settings.NOTICE_BY_EMAIL = True
    settings.SMS_PROVIDER = f"{__name__}.Gateway"
    public_id = queue(customer, language="zh-hans")
    TEXTS.clear()
    assert services.deliver_due() == 3
    assert set(states().values()) == {("sent", "")}
    [message] = mail.outbox
    assert message.extra_headers["Message-ID"] == f"<{public_id}@sluice>"
    [(phone, text, key)] = TEXTS
    assert (phone, key) == ("13812345678", public_id)
    assert text.startswith("您的灵活借已开通 您现在可以使用灵活借,最高额度 ¥200,000")
    assert len(receiver.received) == 1


def test_a_webhook_is_signed_and_says_what_happened_to_whom(
    customer: str, receiver: Receiver
) -> None:
    public_id = queue(customer)
    services.deliver_due()
    [call] = receiver.received  # the receiver has verified the signature
    assert call["id"] == public_id
    body = call["body"]
    assert (body["type"], body["timestamp"]) == ("notice.access_open", AT.isoformat())
    assert body["data"] | {"body": ""} == {
        "id": public_id, "customer": customer, "cause": "decision:dec_1",
        "title": "Your Flex Credit is open", "body": "",
    }  # fmt: skip
    assert "zhang@example.com" not in call["raw"].decode()


def test_every_attempt_carries_the_same_id_until_one_is_accepted(
    customer: str, receiver: Receiver
) -> None:
    receiver.answers = [500, 302, 410]
    queue(customer)
    failures = []
    for _attempt in range(4):
        Delivery.objects.update(due_at=AT)
        services.deliver_due()
        failures.append(Delivery.objects.get().failure)
    assert failures == ["webhook_status_500", "webhook_status_302", "webhook_status_410", ""]
    assert len({call["id"] for call in receiver.received}) == 1
    assert states() == {"webhook": ("sent", "")}


def test_a_signature_does_not_fit_another_body_or_secret(customer: str, settings: Any) -> None:
    settings.NOTICE_WEBHOOK_URL, settings.NOTICE_WEBHOOK_SECRET = "https://hook.example", SECRET
    settings.NOTICE_BY_EMAIL = False
    queue(customer)
    with respx.mock:
        route = respx.post("https://hook.example").mock(return_value=httpx.Response(200))
        services.deliver_due()
        request = route.calls.last.request
    headers = dict(request.headers)
    Webhook(SECRET).verify(request.content, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(request.content.replace(b"open", b"shut"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "b" * 32).verify(request.content, headers)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (httpx.ConnectError("no route to 10.0.0.1"), "webhook_ConnectError"),
        (httpx.ReadTimeout("slow"), "webhook_ReadTimeout"),
    ],
)
def test_an_unreachable_receiver_is_tried_again(
    customer: str, settings: Any, error: Exception, failure: str
) -> None:
    settings.NOTICE_WEBHOOK_URL, settings.NOTICE_WEBHOOK_SECRET = "https://hook.example", SECRET
    settings.NOTICE_BY_EMAIL = False
    queue(customer)
    with respx.mock:
        respx.post("https://hook.example").mock(side_effect=error)
        services.deliver_due()
    assert states() == {"webhook": ("queued", failure)}


def test_a_webhook_taken_out_of_the_configuration_is_no_fault(
    customer: str, receiver: Receiver, settings: Any
) -> None:
    queue(customer)
    settings.NOTICE_WEBHOOK_URL = None
    services.deliver_due()
    assert states() == {"webhook": ("queued", "webhook_not_configured")}
    assert receiver.received == []


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (smtplib.SMTPRecipientsRefused({"zhang@example.com": (550, b"unknown")}),
         "email_SMTPRecipientsRefused"),
        (ConnectionRefusedError(), "email_ConnectionRefusedError"),
        (TimeoutError(), "email_TimeoutError"),
    ],
)  # fmt: skip
def test_a_mail_server_that_refuses_is_tried_again(
    customer: str, monkeypatch: pytest.MonkeyPatch, error: Exception, failure: str
) -> None:
    def refuse(*_arguments: object, **_given: object) -> None:
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    queue(customer)
    services.deliver_due()
    assert states() == {"email": ("queued", failure)}


def test_an_address_that_would_smuggle_headers_is_not_sent_to(lender: Lender) -> None:
    from accounts.customers.models import Customer
    from accounts.customers.sealing import context
    from backoffice.lib import crypto

    customer = a_customer()
    smuggled = crypto.seal("a@example.com\nBcc: b@example.com", context=context("email", customer))
    Customer.objects.filter(public_id=customer).update(email_sealed=smuggled)
    queue(customer)
    services.deliver_due()
    assert states() == {"email": ("queued", "email_BadHeaderError")}
    assert mail.outbox == []


def test_a_provider_s_own_code_is_kept(customer: str, settings: Any) -> None:
    settings.NOTICE_BY_EMAIL, settings.SMS_PROVIDER = False, f"{__name__}.ClosedGateway"
    queue(customer)
    services.deliver_due()
    assert states() == {"sms": ("queued", "sms_quota_used_up")}


def test_without_a_gateway_nothing_is_queued_for_it() -> None:
    assert [channel.value for channel in channels.configured()] == ["email"]
    with pytest.raises(channels.NotSent, match="sms_not_configured"):
        channels.NoSmsProvider().send(phone="1", text="", idempotency_key="")
    assert "annual_rate" in OPEN
