"""Asking a bureau or an identity provider about a customer: a row first, a worker calls, and the
answer is recorded as if it had come over the API.

An attempt is a lease: whoever still holds it when the answer is there records it, so that two
workers, or one answer twice, leave one record.
"""

from __future__ import annotations

import datetime as dt

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext_lazy as _

from accounts.customers import queries as customers
from accounts.customers import sealing as profiles
from accounts.customers.models import Customer
from accounts.verification import queries, sealing, services
from accounts.verification.facts import Identity, InquiryKind, InquiryState, Method, Result
from accounts.verification.inquiry_models import Inquiry
from accounts.verification.providers import Breaker, BureauAnswer, HttpProvider, NotAnswered
from backoffice.lib import clock, ids
from backoffice.lib.errors import Conflict
from backoffice.lib.leases import Leases
from backoffice.lib.outbox import nudge
from backoffice.lib.transactions import entry, step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor, system

log = structlog.get_logger(__name__)

ATTEMPTS_AT_MOST = 6
LEASES = Leases(
    Inquiry, InquiryState.QUEUED.value, InquiryState.ASKING.value, seconds=90, joined="customer"
)
WAIT_SECONDS, LONGEST_WAIT_SECONDS = 30, 3600
BATCH = 100
_BREAKERS = {kind: Breaker() for kind in InquiryKind}


@step
def ask(*, customer_public_id: str, kind: InquiryKind, actor: Actor, at: dt.datetime) -> Inquiry:
    """Queue one question.

    Effects: row, ledger; after commit a worker is nudged. Raises: Missing, Conflict (see
    `obstacle`).
    """
    customer_id = customers.resolve_id(customer_public_id)
    if found := obstacle(customer_id=customer_id, kind=kind):
        raise found
    made = Inquiry(
        public_id=ids.ordered("inq"), customer_id=customer_id, kind=kind.value,
        state=InquiryState.QUEUED.value, requested_at=at, due_at=at,
    )  # fmt: skip
    Inquiry.objects.bulk_create([made], ignore_conflicts=True)
    if not Inquiry.objects.filter(public_id=made.public_id).exists():
        raise _open_already()  # by somebody else, since we looked
    ledger.record(
        actor=actor, action="verification.inquiry_made", subject=("customer", customer_public_id),
        detail={"inquiry": made.public_id, "kind": kind}, at=at,
    )  # fmt: skip
    nudge("accounts.verification.ask_due")
    return made


def obstacle(*, customer_id: int, kind: InquiryKind) -> Conflict | None:
    """Why this cannot be asked now: nobody to ask, no consent to ask a bureau, asked already."""
    if not _address(kind)[0]:
        return Conflict(_("Nobody to ask is configured."), code="provider_not_configured")
    if kind is InquiryKind.BUREAU and not _has_consent(customer_id):
        return Conflict(_("The customer has not agreed to this."), code="consent_missing")
    unanswered = queries.inquiries(customer_id=customer_id).filter(
        kind=kind, state__in=[InquiryState.QUEUED, InquiryState.ASKING]
    )
    return _open_already() if unanswered.exists() else None


def _open_already() -> Conflict:
    return Conflict(_("This is being asked already."), code="inquiry_open")


def ask_due(*, limit: int = BATCH) -> int:
    """Make the calls that are due, outside any transaction; returns how many.

    Raises: OperationalError, InterfaceError: without a database there is nothing to go on with.
    """
    return LEASES.each_due(_attempt, limit=limit)


def _attempt(inquiry: Inquiry) -> None:
    if inquiry.attempts > ATTEMPTS_AT_MOST:  # every one of them took its worker with it
        _postpone(inquiry, "worker_lost", clock.now())
        return
    try:
        _record(inquiry, _called(inquiry), clock.now())
    except NotAnswered as error:
        _postpone(inquiry, str(error), clock.now())
    except (OperationalError, InterfaceError):
        raise  # the lease ends by itself, and the next sweep finds the row
    except Exception as error:  # its text may quote an answer
        log.error("inquiry_failed", inquiry=inquiry.public_id, error=type(error).__name__)
        _postpone(inquiry, "not_recorded", clock.now())


def _called(inquiry: Inquiry) -> BureauAnswer | Result:
    """Raises: NotAnswered."""
    kind = InquiryKind(inquiry.kind)
    url, token = _address(kind)
    # Both may have been taken back since this was queued.
    if not url:
        raise NotAnswered("not_configured")
    if kind is InquiryKind.BUREAU and not _has_consent(inquiry.customer_id):
        raise NotAnswered("consent_withdrawn")
    provider = HttpProvider(url=url, token=token, breaker=_BREAKERS[kind])
    person = Identity(*(profiles.opened(inquiry.customer, name) for name in sealing.FIELDS))
    if kind is InquiryKind.BUREAU:
        return provider.record_of(person, inquiry=inquiry.public_id)
    return provider.check(person, inquiry=inquiry.public_id)


@entry
def _record(inquiry: Inquiry, answer: BureauAnswer | Result, at: dt.datetime) -> None:
    """Nothing when the lease is somebody else's by now."""
    Customer.objects.select_for_update(no_key=True).get(id=inquiry.customer_id)
    if not LEASES.write(inquiry, state=InquiryState.ANSWERED, finished_at=at, failure=""):
        return
    public_id, actor = inquiry.customer.public_id, system("verification")
    if isinstance(answer, BureauAnswer):
        services.record_bureau(
            customer_public_id=public_id, bureau=inquiry.kind, record=answer.record,
            reported_at=min(answer.reported_at, at), actor=actor, at=at,
        )  # fmt: skip
    else:
        services.record_check(
            customer_public_id=public_id, method=Method.ID_DOCUMENT, result=answer,
            provider=inquiry.public_id, performed_at=at, actor=actor, at=at,
        )  # fmt: skip


def _postpone(inquiry: Inquiry, failure: str, at: dt.datetime) -> None:
    """Again later, each time four times as late; a breaker that was open costs no attempt, and
    without consent there is no other."""
    was_called = failure != "breaker_open"
    is_last = was_called and inquiry.attempts >= ATTEMPTS_AT_MOST
    if is_last or failure == "consent_withdrawn":
        LEASES.write(inquiry, state=InquiryState.FAILED, finished_at=at, failure=failure)
        return
    attempts = inquiry.attempts if was_called else inquiry.attempts - 1
    wait = min(WAIT_SECONDS * 4 ** max(attempts - 1, 0), LONGEST_WAIT_SECONDS)
    LEASES.write(
        inquiry, state=InquiryState.QUEUED, attempts=attempts, failure=failure,
        due_at=at + dt.timedelta(seconds=wait),
    )  # fmt: skip


def _address(kind: InquiryKind) -> tuple[str | None, str]:
    if kind is InquiryKind.BUREAU:
        return settings.BUREAU_URL, settings.BUREAU_TOKEN
    return settings.IDENTITY_URL, settings.IDENTITY_TOKEN


def _has_consent(customer_id: int) -> bool:
    given = customers.consents(customer_id=customer_id)
    return given.filter(purpose="bureau_query", withdrawn_at__isnull=True).exists()
