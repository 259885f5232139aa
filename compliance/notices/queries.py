"""Reading notices, and putting them into the customer's words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.conf import settings
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.module_loading import import_string

from compliance.notices.facts import Message
from compliance.notices.models import Delivery, DeliveryState, Notice
from compliance.reasons import queries as reasons
from compliance.reasons.facts import Reason


def inbox(*, recipient: str) -> QuerySet[Notice]:
    """One customer's notices, newest first."""
    return Notice.objects.filter(recipient=recipient).order_by("-id")


def queued(*, recipients: Sequence[str]) -> list[tuple[str, dt.datetime]]:
    """(notice id, when it was queued) of everything these customers were told, oldest first."""
    rows = Notice.objects.filter(recipient__in=recipients).order_by("id")
    return list(rows.values_list("public_id", "queued_at"))


def deliveries() -> QuerySet[Delivery]:
    return Delivery.objects.select_related("notice").order_by("-id")


def unfinished_deliveries(*, at_most: int) -> int:
    """How many deliveries wait, counted no further than `at_most`."""
    waiting = Delivery.objects.filter(state__in=[DeliveryState.QUEUED, DeliveryState.SENDING])
    return waiting[:at_most].count()


def must_be_known(*, recipient: str) -> None:
    """Raises: Missing when the app above knows no such customer. One query."""
    import_string(settings.NOTICE_RECIPIENTS)(recipient)


def rendered(notice: Notice, *, language: str) -> Message:
    """The notice in `language` (zh-hans or en). One query, for the reasons it names."""
    return rendered_all([notice], language=language)[0]


def rendered_all(notices: Sequence[Notice], *, language: str) -> list[Message]:
    """The same for many, still with one query."""
    suffix = "zh-hans" if language.lower().startswith("zh") else "en"
    codes = {code for notice in notices for code in _codes(notice)}
    known = reasons.reasons(codes=codes, language=suffix) if codes else ()
    return [_rendered(notice, suffix, known) for notice in notices]


def _codes(notice: Notice) -> list[str]:
    return list(notice.context.get("reason_codes", []))


def _rendered(notice: Notice, suffix: str, known: tuple[Reason, ...]) -> Message:
    """The template's first line is the title, the rest the body."""
    context = dict(notice.context)
    codes = set(_codes(notice))
    context["reasons"] = tuple(reason for reason in known if reason.code in codes)
    context["product_name"] = context.get("product_names", {}).get(suffix, "")
    with translation.override(suffix):
        text = render_to_string(f"notices/{notice.template}.{suffix}.txt", context)
    title, _, body = text.strip().partition("\n")
    return Message(notice.public_id, notice.template, title, body.strip(), notice.queued_at)
