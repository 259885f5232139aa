"""Lists page by key, newest first: any page costs the same, and nothing is counted."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.lib import crypto
from backoffice.lib.errors import Refused

LIMIT_AT_MOST = 200
DEFAULT_LIMIT = 50


class KeysetPagination(BasePagination):
    """`?limit=1…200` and an opaque `?cursor=` taken from the previous page's `next`."""

    def paginate_queryset(  # type: ignore[override]
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any]:
        def read(after: str | None, count: int) -> list[Any]:
            rows = queryset if after is None else queryset.filter(pk__lt=int(after))
            return list(rows.order_by("-pk")[:count])

        return self.paginate(request, read, lambda row: str(row.pk))

    def paginate(
        self,
        request: Request,
        read: Callable[[str | None, int], list[Any]],
        key_of: Callable[[Any], str],
    ) -> list[Any]:
        """The page of a list with an order of its own.

        `read` gets the key of the last row of the page before, and how many rows to bring. Raises:
        Refused (the limit or the cursor is wrong; `read` may raise ValueError at the key).
        """
        self.request = request
        self.limit = _limit(request.query_params.get("limit"))
        cursor = request.query_params.get("cursor")
        try:
            rows = read(None if cursor is None else _opened(cursor, request.path), self.limit + 1)
        except (ValueError, crypto.SealBroken) as error:
            raise Refused(_("This cursor is not one of ours."), code="bad_cursor") from error
        self.last_key = key_of(rows[self.limit - 1]) if len(rows) > self.limit else None
        return rows[: self.limit]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"items": data, "next": self._next()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["items", "next"],
            "properties": {
                "items": schema,  # an array already
                "next": {"type": ["string", "null"], "format": "uri", "example": None},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {
            "type": "integer", "minimum": 1, "maximum": LIMIT_AT_MOST, "default": DEFAULT_LIMIT,
        }  # fmt: skip
        cursor = {"type": "string", "minLength": 1}
        return [
            {
                "name": "limit", "in": "query", "required": False, "schema": limit,
                "description": "Rows on a page.",
            },
            {
                "name": "cursor", "in": "query", "required": False, "schema": cursor,
                "description": "Where the page begins: follow `next` of the page before.",
            },
        ]  # fmt: skip

    def _next(self) -> str | None:
        if self.last_key is None:
            return None
        query = self.request.query_params.copy()
        query["cursor"] = _sealed(self.last_key, self.request.path)
        return str(self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}"))


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (
        text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= LIMIT_AT_MOST
    ):
        raise Refused(_("limit must be a number from 1 to 200."), code="bad_limit")
    return int(text)


def _sealed(key: str, path: str) -> str:
    """Sealed: row numbers would tell how much business there is; a cursor fits its list only."""
    return base64.urlsafe_b64encode(crypto.seal(key, context=f"cursor:{path}")).decode()


def _opened(cursor: str, path: str) -> str:
    raw = base64.b64decode(cursor, altchars=b"-_", validate=True)
    return crypto.unseal(raw, context=f"cursor:{path}")
