"""A small API that exercises the ground rules and belongs to no room."""

from __future__ import annotations

import threading
from typing import Any

import django_filters
from allauth.idp.oidc import views as oauth
from django.db import DataError, IntegrityError, InternalError, OperationalError, connection
from django.http import HttpResponse
from django.urls import path
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.api import fields
from backoffice.api.models import IdempotentRequest
from backoffice.api.views import ApiView
from backoffice.lib.errors import Conflict, FieldFault, Invalid, Missing, NotAllowed, Unavailable

WORKED: list[dict[str, Any]] = []
STARTED, MAY_FINISH = threading.Event(), threading.Event()
ERRORS: dict[str, Exception] = {
    "missing": Missing("No such thing.", code="thing_missing"),
    "invalid": Invalid("No.", code="bad_thing", faults=[FieldFault("/a", "odd", "Odd.")]),
    "conflict": Conflict("Busy.", code="thing_busy", extra={"thing": "t_1"}),
    "not-allowed": NotAllowed("Not you.", code="not_you"),
    "unavailable": Unavailable("Later.", code="closed"),
    "unique": IntegrityError("duplicate key value violates unique constraint: 张小明"),
    "trigger": InternalError("pgtrigger: Cannot update rows from entry table"),
    "restart": OperationalError("server closed the connection unexpectedly"),
    "unstorable": DataError("integer out of range"),
    "throttled": exceptions.Throttled(wait=4.2),
    "bug": ValueError("张小明 is not a number"),
    "surrogate": UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
}


class Inner(fields.StrictSerializer):
    code = fields.Choice(["one", "two"])


class Thing(fields.StrictSerializer):
    name = fields.Text(max_length=20)
    count = fields.Whole(required=False, min_value=0, max_value=100)
    share = fields.Exact(required=False, max_digits=6, decimal_places=4)
    seen_at = fields.Moment(required=False)
    born_on = fields.Day(required=False)
    owner_id = fields.PublicId("cus", required=False)
    is_new = fields.Flag(required=False)
    inner = Inner(required=False)
    parts = Inner(many=True, required=False)


class ThingsView(ApiView):
    required_scopes = {"POST": "customers:write", "GET": "customers:read"}

    def get(self, request: Request) -> Response:
        return Response({"client": request.user.id, "language": self.language})

    def post(self, request: Request) -> HttpResponse:
        given = self.checked(Thing)

        def work() -> tuple[int, Any]:
            WORKED.append(given)
            if given["name"] == "slow":
                STARTED.set()
                assert MAY_FINISH.wait(10)
            if given["name"] == "refused":
                raise Conflict("Busy.", code="thing_busy")
            with connection.cursor() as cursor:  # the effect, in the same transaction
                cursor.execute(
                    "UPDATE allauth_idp_oidc_client SET name = name || '+' WHERE id = %s",
                    [request.user.id],
                )
            if given["name"] == "bug":
                raise ValueError("after the effect")
            return 201, {"name": given["name"], "worked": len(WORKED)}

        return self.create_once(work)


class EchoView(ApiView):
    required_scopes = {"POST": "customers:write"}
    is_create = False

    def post(self, request: Request) -> Response:
        return Response(self.checked(Thing))


class ErrorView(ApiView):
    required_scopes = {"GET": "customers:read"}

    def get(self, request: Request, name: str) -> Response:
        raise ERRORS[name]


class NoScopeView(ApiView):
    def get(self, request: Request) -> Response:
        return Response({})


class RowFilters(django_filters.FilterSet):
    key = django_filters.CharFilter(max_length=20)
    status = django_filters.NumberFilter()
    is_old = django_filters.BooleanFilter(method="by_age")

    class Meta:
        model = IdempotentRequest
        fields = ("key", "status", "is_old")

    def by_age(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(status=1) if value else rows.exclude(status=1)


class RowsView(ApiView):
    required_scopes = {"GET": "customers:read"}
    filters = RowFilters

    def get(self, request: Request) -> Response:
        return self.page(IdempotentRequest.objects.all(), lambda row: row.key)


urlpatterns = [
    path("identity/o/api/token", oauth.token),
    path("api/v1/things", ThingsView.as_view()),
    path("api/v1/more-things", ThingsView.as_view()),
    path("api/v1/echo", EchoView.as_view()),
    path("api/v1/errors/<str:name>", ErrorView.as_view()),
    path("api/v1/no-scope", NoScopeView.as_view()),
    path("api/v1/rows", RowsView.as_view()),
]
