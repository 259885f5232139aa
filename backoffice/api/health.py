"""Is this process fit to answer? Public, and says no more than that."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import JsonResponse
from drf_spectacular.utils import OpenApiExample, extend_schema
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from rest_framework import serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from backoffice.api.views import PublicView


class HealthAnswer(serializers.Serializer[object]):
    status = serializers.ChoiceField(["ok", "degraded", "down"])
    database = serializers.ChoiceField(["ok", "down"])
    broker = serializers.ChoiceField(["ok", "down"])


def _example(status: str, database: str) -> dict[str, str]:
    return {"status": status, "database": database, "broker": "ok"}


class AnyAccept(DefaultContentNegotiation):
    """Load balancers ask for all kinds of things, and want one answer."""

    def select_renderer(self, request: Request, renderers: Any, *suffix: Any) -> Any:
        return renderers[0], renderers[0].media_type


class HealthView(PublicView):
    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="health",
        responses={200: HealthAnswer, 503: HealthAnswer},
        examples=[
            OpenApiExample("well", _example("ok", "ok"), status_codes=["200"]),
            OpenApiExample("down", _example("down", "down"), status_codes=["503"]),
        ],
    )
    def get(self, request: Request) -> JsonResponse:
        """Whether this process can answer.

        200 while decisions can be made: a missing broker only delays notices. Asks no token.
        """
        database, broker = _database_answers(), _broker_answers()
        status = "down" if not database else "ok" if broker else "degraded"
        words = {True: "ok", False: "down"}
        return JsonResponse(
            {"status": status, "database": words[database], "broker": words[broker]},
            status=200 if database else 503,
            headers={"Cache-Control": "no-store"},
        )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return False
    return True


def _broker_answers() -> bool:
    try:
        with Connection(  # type: ignore[no-untyped-call]
            settings.CELERY_BROKER_URL,
            connect_timeout=1,
            transport_options={"socket_connect_timeout": 1, "socket_timeout": 1},
        ) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=1)
    # What kombu makes of every transport's own errors; and of an address it cannot read.
    except (OperationalError, KeyError, ValueError):
        return False
    return True
