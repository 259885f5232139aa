"""Reading notices, and putting them into the customer's words."""

from __future__ import annotations

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import translation

from compliance.notices.facts import Message
from compliance.notices.models import Delivery, DeliveryState, Notice
from compliance.reasons import queries as reasons


def inbox(*, recipient: str) -> QuerySet[Notice]:
    """One customer's notices, newest first."""
    return Notice.objects.filter(recipient=recipient).order_by("-id")


def notices() -> QuerySet[Notice]:
    """Every notice, newest first, for lists that page by key."""
    return Notice.objects.order_by("-id")


def deliveries() -> QuerySet[Delivery]:
    return Delivery.objects.select_related("notice").order_by("-id")


def unfinished_deliveries(*, at_most: int) -> int:
    """How many deliveries wait, counted no further than `at_most`."""
    waiting = Delivery.objects.filter(state__in=[DeliveryState.QUEUED, DeliveryState.SENDING])
    return waiting[:at_most].count()


def rendered(notice: Notice, *, language: str) -> Message:
    """The notice in `language` (zh-hans or en). One query, for the reasons it names.

    The template's first line is the title, the rest the body.
    """
    context = dict(notice.context)
    codes = context.pop("reason_codes", [])
    suffix = "zh-hans" if language.lower().startswith("zh") else "en"
    context["reasons"] = reasons.reasons(codes=codes, language=suffix) if codes else ()
    context["product_name"] = context.get("product_names", {}).get(suffix, "")
    with translation.override(suffix):
        text = render_to_string(f"notices/{notice.template}.{suffix}.txt", context)
    title, _, body = text.strip().partition("\n")
    return Message(notice.public_id, notice.template, title, body.strip(), notice.queued_at)
