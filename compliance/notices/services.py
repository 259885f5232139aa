"""Queueing notices and sending them. The row is written with its cause; a worker sends it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from backoffice.lib import bulk, clock, ids
from backoffice.lib.errors import Invalid, Missing
from backoffice.lib.leases import Leases
from backoffice.lib.outbox import nudge
from backoffice.lib.transactions import entry, step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor
from compliance.notices import channels, queries, rules
from compliance.notices.facts import Draft, Ending, Pace
from compliance.notices.models import Delivery, DeliveryChannel, DeliveryState, Notice

log = structlog.get_logger(__name__)

ATTEMPTS_AT_MOST = 8
LEASES = Leases(
    Delivery, DeliveryState.QUEUED.value, DeliveryState.SENDING.value, seconds=120, joined="notice"
)

# What a customer still waits for leaves before what is said now: things are told in the order
# they happened, however slowly a campaign lets its notices go.
_QUEUE = """
WITH given AS (
    SELECT * FROM {given}
), written AS (
    INSERT INTO compliance_notice (public_id, recipient, cause, template, context, queued_at)
    SELECT public_id, recipient, cause, template, context, %(at)s::timestamptz
    FROM given ORDER BY place
    ON CONFLICT (cause, recipient, template) DO NOTHING
    RETURNING id, public_id
), sent AS (
    INSERT INTO compliance_delivery (notice_id, channel, state, attempts, due_at, failure)
    SELECT written.id, channel, 'queued', 0,
           %(first_at)s::timestamptz + (place - 1) * %(every)s::interval, ''
    FROM written JOIN given USING (public_id), unnest(%(channels)s::text[]) AS channel
    ORDER BY place
), waiting AS (
    SELECT d.id FROM given
    JOIN compliance_notice n ON n.recipient = given.recipient
    JOIN compliance_delivery d ON d.notice_id = n.id
    WHERE d.state = 'queued' AND d.attempts = 0 AND d.due_at > %(at)s::timestamptz
    FOR UPDATE OF d SKIP LOCKED
), earlier AS (
    UPDATE compliance_delivery SET due_at = %(at)s::timestamptz - interval '1 millisecond'
    WHERE id IN (SELECT id FROM waiting)
)
SELECT public_id FROM written
"""
_DRAFT = {
    "public_id": "text", "recipient": "text", "cause": "text", "template": "text",
    "context": "jsonb",
}  # fmt: skip

_MARK_MANY_READ = """
UPDATE compliance_notice SET read_at = given.read_at
FROM unnest(%s::text[], %s::timestamptz[]) AS given (public_id, read_at)
WHERE compliance_notice.public_id = given.public_id AND compliance_notice.read_at IS NULL
"""

_RECORD_SENT = """
UPDATE compliance_delivery SET
    state = given.state, failure = given.failure, finished_at = due_at + interval '2 seconds',
    attempts = CASE given.state WHEN 'failed' THEN 8 WHEN 'skipped' THEN 0 ELSE 1 END
FROM unnest(%s::text[], %s::text[], %s::text[]) AS given (recipient, state, failure)
JOIN compliance_notice ON compliance_notice.recipient = given.recipient
WHERE compliance_delivery.notice_id = compliance_notice.id
  AND compliance_delivery.state = 'queued'
"""


@step
def queue(
    *,
    recipient: str,
    cause: str,
    template: str,
    context: Mapping[str, Any],
    at: dt.datetime,
) -> str | None:
    """Tell one customer one thing; returns the notice's id, or None when it was queued before.

    Effects: see `queue_all`.
    """
    return queue_all(drafts=[Draft(recipient, cause, template, context)], at=at)[0]


@step
def queue_all(
    *, drafts: Sequence[Draft], at: dt.datetime, pace: Pace | None = None
) -> list[str | None]:
    """Tell many customers one thing each; ids in the same order, None for what was queued before.

    Effects: notice and delivery rows now, in one statement; whatever else these customers still
    wait for is due at once. After commit a worker is nudged to send what is due; at a pace the
    schedule's sweep sends each when its time comes.
    """
    rows = [
        (ids.ordered("not"), draft.recipient, draft.cause, draft.template, _json(draft.context))
        for draft in drafts
    ]
    found = bulk.run(
        _QUEUE,
        name="notices",
        columns=_DRAFT,
        rows=rows,
        at=at,
        first_at=pace.first_at if pace else at,
        every=pace.every if pace else dt.timedelta(),
        channels=[channel.value for channel in channels.configured()],
    )
    written = {public_id for (public_id,) in found}
    if written:
        _nudge_worker()
    return [row[0] if row[0] in written else None for row in rows]


def _json(context: Mapping[str, Any]) -> str:
    return json.dumps(context, cls=DjangoJSONEncoder, ensure_ascii=False)


@entry
def mark_read(*, recipient: str, public_id: str, at: dt.datetime) -> Notice:
    """Raises: Missing when the customer has no such notice. Reading twice keeps the first time."""
    Notice.objects.filter(public_id=public_id, recipient=recipient, read_at__isnull=True).update(
        read_at=at
    )
    notice = Notice.objects.filter(public_id=public_id, recipient=recipient).first()
    if notice is None:
        raise Missing(_("This customer has no such notice."), code="notice_unknown")
    return notice


@step
def mark_many_read(*, reads: Mapping[str, dt.datetime]) -> None:
    """The same for many notices. Shape: notice id → when. Effects: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK_MANY_READ, [list(reads), list(reads.values())])


@step
def record_sent(*, recipients: Mapping[str, tuple[Ending, str]]) -> int:
    """These customers' waiting notices left long ago: no worker sends them. Returns how many.

    For a history brought along; call it in the transaction that queued them, so that no worker
    ever sees them waiting. Shape: recipient → (how it ended, failure code). Effects: one
    statement; they count as ended a moment after they were due.
    """
    ended = [(who, state.value, failure) for who, (state, failure) in recipients.items()]
    columns = [list(column) for column in zip(*ended, strict=True)] or [[], [], []]
    with connection.cursor() as cursor:
        cursor.execute(_RECORD_SENT, columns)
        return int(cursor.rowcount)


def deliver_due(*, limit: int = 200) -> int:
    """Send what is due; returns how many attempts were made.

    An attempt made again has the same id, which is all a channel without transactions can promise.
    """
    return LEASES.each_due(_attempt, limit=limit)


@entry
def retry(*, delivery_id: int, note: str, actor: Actor, at: dt.datetime) -> None:
    """Give a failed delivery a new set of attempts.

    Effects: delivery row, ledger; after commit a worker is nudged. Raises: Invalid (no reason),
    Missing (no such delivery, or it has not failed).
    """
    if not note.strip():
        raise Invalid(_("Say why it is sent again."), code="note_required")
    changed = Delivery.objects.filter(id=delivery_id, state=DeliveryState.FAILED).update(
        state=DeliveryState.QUEUED, attempts=0, due_at=at, finished_at=None, failure=""
    )
    if not changed:
        raise Missing(_("No failed delivery to send again."), code="delivery_not_failed")
    row = Delivery.objects.select_related("notice").get(id=delivery_id)
    ledger.record(
        actor=actor, action="delivery.retried", subject=("customer", row.notice.recipient),
        reason=note.strip(), detail={"channel": row.channel, "notice": row.notice.public_id},
    )  # fmt: skip
    _nudge_worker()


def _attempt(delivery: Delivery) -> None:
    if delivery.attempts > ATTEMPTS_AT_MOST:  # every one of them took its worker with it
        _fail(delivery, "worker_lost")
        return
    try:
        state = _send(delivery)
    except channels.NotSent as error:
        _fail(delivery, str(error))
    except Exception as error:  # one broken notice must not hold up the others
        # Neither the text nor the traceback: both may quote an address.
        log.error("delivery_failed", delivery=delivery.id, error=type(error).__name__)
        _fail(delivery, type(error).__name__)
    else:
        LEASES.write(delivery, state=state, finished_at=clock.now(), failure="")


def _send(delivery: Delivery) -> DeliveryState:
    """Raises: NotSent, and whatever an address book, a template or a provider raises."""
    notice, channel = delivery.notice, DeliveryChannel(delivery.channel)
    address = ""
    if channel != DeliveryChannel.WEBHOOK:
        address_book = import_string(settings.NOTICE_ADDRESS_BOOK)
        address = address_book(recipient=notice.recipient, channel=channel.value)
        if not address:
            return DeliveryState.SKIPPED
    message = queries.rendered(notice, language=notice.context.get("language", "zh-hans"))
    channels.send(channel=channel, notice=notice, message=message, address=address)
    return DeliveryState.SENT


def _fail(delivery: Delivery, failure: str) -> None:
    if delivery.attempts >= ATTEMPTS_AT_MOST:
        state, finished = DeliveryState.FAILED, clock.now()
    else:
        state, finished = DeliveryState.QUEUED, None
    LEASES.write(
        delivery,
        state=state,
        finished_at=finished,
        due_at=clock.now() + rules.wait_after(delivery.attempts),
        failure=rules.failure_code(failure),
    )


def _nudge_worker() -> None:
    nudge("compliance.notices.deliver_due")
